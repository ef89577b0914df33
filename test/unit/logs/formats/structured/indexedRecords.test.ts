import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { indexText } from '../../../../support/indexText.ts';
import { parseLog } from '../../../../support/parseLog.ts';

const folder = new URL('../../../../fixtures/logs/structured/', import.meta.url);

describe('the index', { timeout: 60_000 }, () => {
  // Records of several lines, whose later lines tell what the first cannot.
  it.each(['log4j2Pretty', 'dockerText', 'dockerPino', 'postgresCsv', 'pino'])(
    'holds the records of %s as its format reads them',
    async (name) => {
      const text = readFileSync(new URL(`${name}.log`, folder), 'utf8');
      const { records } = parseLog(text);
      const index = await indexText(text);
      try {
        const chunk = index.chunk(0);
        const told = Array.from({ length: index.records }, (_, at) => ({
          line: chunk.firstLine + (chunk.lines[at] as number),
          time: new Date(chunk.times[at] as number).toISOString(),
          component: index.components.text(chunk.components[at] as number),
        }));
        expect(told).toEqual(records.map(({ line, time, component = '' }) => ({ line, time, component })));
      } finally {
        index.dispose();
      }
    },
  );

  it('groups the errors of pino by the stack traces in their fields', async () => {
    const index = await indexText(readFileSync(new URL('pino.log', folder), 'utf8'));
    try {
      const groups = index.chunk(0).errorGroups.subarray(0, index.records);
      const titles = [...new Set(groups)].filter((group) => group > 0).map((group) => index.errorGroups.text(group));
      expect(titles).toEqual(['TypeError: cannot read x of undefined']);
      expect(groups.filter((group) => group > 0)).toHaveLength(4);
    } finally {
      index.dispose();
    }
  });
});
