import { mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cause, defineCause, proved, refuted } from '../../server/diagnosis/cause.ts';
import { defineObserver } from '../../server/diagnosis/observer.ts';
import { createFixes } from '../../server/fixes/createFixes.ts';
import type { Fixes } from '../../server/fixes/fixes.ts';
import type { Change } from '../../server/protocol/diagnosis.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createFixJournal } from '../../server/storage/fixJournalFiles.ts';
import { emptySystems } from './diagnosis/fakeSystems.ts';

const never = new AbortController().signal;

describe('the fix engine', () => {
  let folder: string;
  let journal: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), 'tektra-fix-')));
    journal = await mkdtemp(path.join(tmpdir(), 'tektra-journal-'));
    await writeFile(path.join(folder, 'switch'), 'off\n');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
    await rm(journal, { recursive: true, force: true });
  });

  const read = (name: string): Promise<string> => readFile(path.join(folder, name), 'utf8');

  /** A cause that holds as long as the file `switch` does not say "on". */
  const fixesWith = (changes: Change[]): Fixes => {
    const state = defineObserver({
      id: 'switch',
      label: 'the switch',
      timeoutMs: 1_000,
      observe: ({ workspace }) => readFile(path.join(workspace, 'switch'), 'utf8'),
    });
    const cause = defineCause({
      id: 'config.invalid',
      category: 'startup',
      summary: 'The switch is off',
      advice: { sure: '', first: '', verify: '' },
      needs: { state },
      explains: [],
      judge: ({ state: text }) =>
        text.startsWith('on')
          ? [refuted({ target: 'lamp', because: 'the switch is on' })]
          : [
              proved({
                target: 'lamp',
                summary: 'The switch is off',
                evidence: [],
                fixes: [{ title: 'Switch', risk: 'write', changes, undo: true, verify: '' }],
              }),
            ],
    });
    return createFixes({
      systems: emptySystems(),
      statements: { run: async () => ({ kind: 'failed', code: undefined, because: 'there is no database' }) },
      environment: {},
      clock: systemClock,
      journal: createFixJournal(journal),
      causes: [cause as unknown as Cause],
    });
  };
  const request = () => ({ workspace: folder, cause: 'config.invalid', target: 'lamp', fix: 0 });
  const apply = async (fixes: Fixes, options: { keep?: boolean; signal?: AbortSignal } = {}) => {
    const plan = await fixes.get(request(), never);
    const approved = plan.changes.map(({ digest }) => digest);
    const { keep, signal = never } = options;
    return fixes.run({ token: plan.token, approved, ...(keep === undefined ? {} : { keep }) }, { signal });
  };
  const on: Change = { kind: 'edit', file: 'switch', line: 1, before: 'off', after: 'on' };
  const useless: Change = { kind: 'edit', file: 'switch', line: 1, before: 'off', after: 'off, really' };

  it('verifies by judging again', async () => {
    const applied = await apply(fixesWith([on]));
    expect(applied).toMatchObject({ outcome: { kind: 'verified', because: 'the switch is on' }, undo: true });
    expect(await read('switch')).toBe('on\n');
  });

  it('takes back what did not help, unless it is told to keep it', async () => {
    expect(await apply(fixesWith([useless]))).toMatchObject({
      outcome: { kind: 'stillThere', undone: true },
      undo: false,
    });
    expect(await read('switch')).toBe('off\n');
    const kept = await apply(fixesWith([useless]), { keep: true });
    expect(kept).toMatchObject({ outcome: { kind: 'stillThere', undone: false }, undo: true });
    expect(await read('switch')).toBe('off, really\n');
  });

  it('changes nothing when a file moved after the plan was shown', async () => {
    const fixes = fixesWith([{ kind: 'create', file: 'new', content: 'x' }, on]);
    const plan = await fixes.get(request(), never);
    await writeFile(path.join(folder, 'switch'), '# a note\noff\n');
    const approved = plan.changes.map(({ digest }) => digest);
    await expect(fixes.run({ token: plan.token, approved }, { signal: never })).rejects.toMatchObject({
      code: 'fix.stale',
    });
    expect(await readdir(folder)).toEqual(['switch']);
    expect(await fixes.list(folder)).toEqual([]);
  });

  it('takes the first change back when the second fails', async () => {
    const applied = await apply(
      fixesWith([
        { kind: 'create', file: 'a/b/new', content: 'x' },
        { kind: 'command', argv: ['false'] },
      ]),
    );
    expect(applied.outcome).toMatchObject({
      kind: 'failed',
      because: expect.stringContaining('exit code 1'),
      undone: false,
    });
    // The command has no way back; the file had one.
    expect(await readdir(folder)).toEqual(['switch']);
  });

  it('takes everything back when it is cancelled', async () => {
    const cancel = new AbortController();
    const running = apply(fixesWith([on, { kind: 'command', argv: ['sleep', '30'], undo: ['true'] }]), {
      signal: cancel.signal,
    });
    setTimeout(() => cancel.abort(new Error('enough')), 300);
    await expect(running).rejects.toMatchObject({ code: 'request.cancelled' });
    expect(await read('switch')).toBe('off\n');
  });

  it('runs commands without a shell, below the workspace only', async () => {
    const text = '$(touch pwned); `touch pwned` > pwned';
    await apply(fixesWith([{ kind: 'command', argv: ['printf', text] }, on]));
    expect(await readdir(folder)).toEqual(['switch']);
    await writeFile(path.join(folder, 'switch'), 'off\n');
    const outside = await apply(fixesWith([{ kind: 'command', argv: ['pwd'], cwd: '../..' }]));
    expect(outside.outcome).toMatchObject({ kind: 'failed', because: expect.stringContaining('outside') });
  });

  it('refuses files outside of the workspace and files that are no text, before anybody agrees', async () => {
    for (const file of ['../elsewhere', '/etc/hostname', 'a/../../elsewhere'])
      await expect(fixesWith([{ kind: 'create', file, content: 'x' }]).get(request(), never)).rejects.toMatchObject({
        code: 'fix.refused',
      });
    await writeFile(path.join(folder, 'binary'), Buffer.from([0x61, 0xff, 0x0a]));
    await expect(
      fixesWith([{ kind: 'edit', file: 'binary', line: 1, before: '', after: 'x' }]).get(request(), never),
    ).rejects.toMatchObject({ code: 'fix.refused' });
    await expect(
      fixesWith([{ kind: 'create', file: 'switch', content: 'x' }]).get(request(), never),
    ).rejects.toMatchObject({ code: 'fix.stale' });
  });

  it('keeps its journal private, and what takes a fix back survives a restart', async () => {
    const { id } = await apply(fixesWith([on]));
    const file = path.join(journal, `${id}.json`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const again = fixesWith([on]);
    expect((await again.list(folder)).map((each) => each.id)).toEqual([id]);
    await again.undo(folder, id, never);
    expect(await read('switch')).toBe('off\n');
    await writeFile(file, '{ broken');
    expect(await again.list(folder)).toEqual([]);
    await expect(again.undo(folder, '../../etc/passwd', never)).rejects.toMatchObject({ code: 'fix.unknown' });
  });
});
