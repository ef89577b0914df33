import { describe, expect, test } from 'vitest';
import { requireSystem } from '../support/requireSystem.ts';
import { type Accuracy, accuracyOf, loghubSets, mine, readLabelled } from '../support/templateAccuracy.ts';

const labelled = requireSystem('loghub');

describe.skipIf(!labelled.available)('template mining on labelled logs, one configuration, nothing told', () => {
  const results = labelled.available ? loghubSets.map(measured) : [];
  const average = (of: (result: { events: Accuracy; corrected: Accuracy }) => number): number =>
    results.reduce((sum, result) => sum + of(result), 0) / results.length;

  test('groups lines as people did', () => {
    expect(average(({ events }) => events.ga)).toBeGreaterThanOrEqual(0.97);
    for (const { set, events } of results) expect(events.ga, set).toBeGreaterThanOrEqual(0.8);
  });

  test('finds the groups and the texts of the corrected truth', () => {
    expect(average(({ corrected }) => corrected.fga)).toBeGreaterThanOrEqual(0.93);
    expect(average(({ corrected }) => corrected.pa)).toBeGreaterThanOrEqual(0.65);
    expect(average(({ corrected }) => corrected.fta)).toBeGreaterThanOrEqual(0.65);
  });
});

function measured(set: (typeof loghubSets)[number]): { set: string; events: Accuracy; corrected: Accuracy } {
  const lines = readLabelled(set);
  const { ids, texts } = mine(lines.map(({ content }) => Buffer.from(content)));
  const right = lines.map(({ template }) => template);
  const events = lines.map(({ event }) => event);
  return {
    set,
    events: accuracyOf(ids, events, { predicted: texts, right }),
    corrected: accuracyOf(ids, right, { predicted: texts, right }),
  };
}
