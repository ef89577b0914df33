import { describe, expect, it, vi } from 'vitest';
import { FolderPast } from '../../client/panels/troubleshooting/folderPast.ts';
import { troubleshootingState } from '../../client/panels/troubleshooting/troubleshootingState.ts';
import { TektraError } from '../../server/protocol/errors.ts';
import { TroubleshootingState } from '../../server/protocol/troubleshooting.ts';
import { formatDay, formatMinute } from '../../webviews/troubleshooting/formatTime.ts';
import { troubleshootingStates } from '../support/troubleshootingStates.ts';

const FOLDER = '/home/dev/shop';
const { history, applied } = troubleshootingStates.remembered;
const { past: old } = troubleshootingStates.past;

/** A backend that answers from the pictures' own data. */
function pastOf(phase: 'running' | 'stopped' = 'running') {
  const methods: string[] = [];
  const warn = vi.fn();
  const backend = {
    state: { phase },
    request: async (message: { method: string }, params: { id?: number }) => {
      methods.push(message.method);
      if (message.method === 'tektra/history/list') return history;
      if (message.method === 'tektra/fix/list') return applied;
      if (params.id === 38) return old;
      throw new TektraError('history.unknown', 'It is gone.');
    },
  };
  const past = new FolderPast(backend as unknown as ConstructorParameters<typeof FolderPast>[0], {
    info: vi.fn(),
    warn,
    error: vi.fn(),
  });
  return { past, methods, backend, warn };
}

describe('the past of a folder, as the view knows it', () => {
  it('loads the history only once it is asked for, and keeps that up to date', async () => {
    const { past, methods } = pastOf();
    await past.refresh(FOLDER);
    expect(methods).toEqual(['tektra/fix/list']);
    expect(past.of(FOLDER)).toEqual({ applied });
    await past.open(FOLDER);
    await past.refresh(FOLDER);
    expect(methods.filter((method) => method === 'tektra/history/list')).toHaveLength(2);
    expect(past.of(FOLDER)).toEqual({ applied, history });
    expect(past.of('/elsewhere')).toEqual({});
  });

  it('shows an old report until the present is wanted again', async () => {
    const { past } = pastOf();
    await past.show(FOLDER, 38);
    expect(past.of(FOLDER).past).toBe(old);
    await past.show(FOLDER, undefined);
    expect(past.of(FOLDER)).toEqual({});
    await expect(past.show(FOLDER, 7)).rejects.toMatchObject({ code: 'history.unknown' });
  });

  it('starts no backend for it, and takes a failure for no trouble of the user', async () => {
    const stopped = pastOf('stopped');
    await stopped.past.refresh(FOLDER);
    expect(stopped.methods).toEqual([]);
    const broken = pastOf();
    broken.backend.request = () => Promise.reject(new Error('it died'));
    await broken.past.refresh(FOLDER);
    expect(broken.warn).toHaveBeenCalledWith(expect.stringContaining('it died'));
    await expect(broken.past.open(FOLDER)).rejects.toThrow('it died');
  });

  it('is a part of the state of its own folder alone, and bounded', () => {
    const many = Array.from({ length: 150 }, (_, index) => ({ ...history[0], id: index }) as (typeof history)[number]);
    const folders = [
      { path: FOLDER, name: 'shop' },
      { path: '/elsewhere', name: 'elsewhere' },
    ];
    const stateOf = (chosen: string) =>
      troubleshootingState({
        backend: { phase: 'running' },
        trusted: true,
        folders,
        unsupported: [],
        chosen,
        of: () => ({}),
        fixOf: (folder) => (folder === FOLDER ? troubleshootingStates.fixRunning.fix : undefined),
        pastOf: (folder) => (folder === FOLDER ? { applied, history: many, past: old } : {}),
      });
    const own = TroubleshootingState.parse(stateOf(FOLDER));
    expect(own).toMatchObject({ fix: { phase: 'running' }, applied, past: old });
    expect(own.history).toHaveLength(100);
    expect(Object.keys(stateOf('/elsewhere'))).toEqual(['backend', 'trusted', 'workspaces', 'selected']);
  });
});

describe('the words for a time', () => {
  const now = new Date(2026, 10, 24, 12, 0);
  const at = (...parts: [number, number, number, number?, number?]) => new Date(...parts).toISOString();

  it('name a day by how far it is', () => {
    expect(formatDay(at(2026, 10, 24, 0, 0), now)).toBe('today');
    expect(formatDay(at(2026, 10, 23, 23, 59), now)).toBe('yesterday');
    expect(formatDay(at(2026, 10, 8), now)).toMatch(/8/);
    expect(formatDay(at(2025, 10, 24), now)).toMatch(/2025/);
    expect(formatDay('no time', now)).toBe('no time');
    // Over the turn of a year.
    expect(formatDay(at(2025, 11, 31), new Date(2026, 0, 1, 9))).toBe('yesterday');
  });

  it('name the minute, and the day unless it is today', () => {
    expect(formatMinute(at(2026, 10, 24, 9, 41), now)).toMatch(/^0?9[:.]41/);
    expect(formatMinute(at(2026, 10, 23, 9, 41), now)).toMatch(/^yesterday, 0?9[:.]41/);
  });
});
