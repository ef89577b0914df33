import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSource } from '../../server/logs/reading/openSource.ts';
import { textsOf, untilComplete } from '../support/drainSource.ts';
import { requireSystem } from '../support/requireSystem.ts';

const journalctl = requireSystem('journalctl');

describe.skipIf(!journalctl.available)('the journal of this machine', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tektra-journal-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is empty for a unit that never was', async () => {
    const { signal } = new AbortController();
    const source = await openSource(
      { kind: 'journal', unit: 'no-such-unit.service' },
      { signal, follow: false, spoolFolder: folder },
    );
    await untilComplete(source);
    expect(textsOf(source)).toEqual(['']);
    source.dispose();
  });
});
