import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { composeFixes } from '../../server/composeFixes.ts';
import type { Fixes } from '../../server/fixes/fixes.ts';
import type { Finding } from '../../server/protocol/diagnosis.ts';
import type { AppliedFix, FixPlan } from '../../server/protocol/fix.ts';
import { noteFix } from './noteIncident.ts';
import type { Scenario } from './scenario.ts';

const never = new AbortController().signal;

/** The fix engine over the real systems, with a journal of its own that goes with the scenario. */
export async function fixesOf(scenario: Scenario, environment: Record<string, string> = {}): Promise<Fixes> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tektra-fixes-'));
  scenario.onDispose(() => rm(folder, { recursive: true, force: true }));
  return composeFixes(folder, environment);
}

/** Makes a fix of a finding ready, agrees to every change, and applies it. */
export async function applyFix(
  fixes: Fixes,
  scenario: Scenario,
  finding: Finding,
  { fix = 0, inputs = {} }: { fix?: number; inputs?: Record<string, string> } = {},
): Promise<{ plan: FixPlan; applied: AppliedFix }> {
  const { cause, target } = finding;
  const plan = await fixes.get({ workspace: scenario.workspace, cause, target, fix, inputs }, never);
  const applied = await fixes.run(
    { token: plan.token, approved: plan.changes.map(({ digest }) => digest) },
    { signal: never },
  );
  if (applied.outcome.kind === 'verified') noteFix({ cause, fixed: 'verified' });
  return { plan, applied };
}

/**
 * What must hold of every fix: it verifies, and when it can be taken back, that gives the workspace its former bytes.
 * @param settle waits until what a taken-back command does has happened
 */
export async function expectFixVerifies(
  scenario: Scenario,
  finding: Finding | undefined,
  options: { fix?: number; inputs?: Record<string, string>; environment?: Record<string, string> } = {},
): Promise<AppliedFix> {
  if (!finding) throw new Error('there is no finding to fix');
  const fixes = await fixesOf(scenario, options.environment);
  const before = await fingerprint(scenario.workspace);
  const { applied } = await applyFix(fixes, scenario, finding, options);
  expect(applied.outcome, JSON.stringify(applied, null, 1)).toMatchObject({ kind: 'verified' });
  if (!applied.undo) return applied;
  await fixes.undo(scenario.workspace, applied.id, never);
  expect(await fingerprint(scenario.workspace)).toEqual(before);
  noteFix({ cause: finding.cause, fixed: 'undone' });
  return applied;
}

/** Path, mode and content of everything in a folder but logs, which running services write. */
export async function fingerprint(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true })).filter(
    (name) => !name.split(path.sep).includes('node_modules') && !name.endsWith('.log'),
  );
  const entries = await Promise.all(
    names.sort().map(async (name) => {
      const file = path.join(folder, name);
      const state = await lstat(file);
      const content = state.isSymbolicLink()
        ? await readlink(file)
        : state.isFile()
          ? createHash('sha256')
              .update(await readFile(file))
              .digest('hex')
          : '';
      return [name, `${state.mode.toString(8)} ${state.uid}:${state.gid} ${content}`] as const;
    }),
  );
  return Object.fromEntries(entries);
}
