import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { incidentNames, incidentsRunner, tektraCommand } from '../support/incidentsRunner.ts';
import { productRoot, TEMPORARY_PREFIX } from '../support/locations.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { runTool } from '../support/runTool.ts';

/** One incident in the runner's `--json` document. */
interface Grade {
  incident: string;
  kind: 'plain' | 'misleading' | 'multi' | 'healthy';
  setup: string;
  ok: boolean;
  root: string;
  mention: string | null;
  ruledOut: string | null;
  leaked: number;
  extra: string[];
  badSources: number;
  why: string;
  left: string;
  seconds: number | null;
}

const present = requireSystem('incidents');
const root = requireSystem('root');
const names = incidentNames();

describe.skipIf(!present.available || !root.available)('incidents', () => {
  let grades: ReadonlyMap<string, Grade>;
  beforeAll(async () => {
    grades = await runIncidents(names);
  }, 280_000);

  it.each(names)('%s: the root cause is named, with sources that resolve and nothing said beyond it', (name) => {
    const grade = grades.get(name);
    expect(grade).toMatchObject({ setup: 'ok', ok: true, leaked: 0, extra: [], badSources: 0, left: '' });
    if (grade?.kind === 'healthy') expect(grade.root).toBe('-');
    else expect(allHit(grade?.mention ?? null), `the evidence says ${grade?.mention} of what it must`).toBe(true);
    expect(allHit(grade?.ruledOut ?? null), `ruled out ${grade?.ruledOut} of the suspects`).toBe(true);
    expect(grade?.seconds).toBeLessThan(30);
  });
});

/** Sets up, diagnoses and grades the incidents with the runner; each test reads its own grade. */
async function runIncidents(only: string[]): Promise<ReadonlyMap<string, Grade>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), `${TEMPORARY_PREFIX}incidents-`));
  try {
    const file = path.join(folder, 'grades.json');
    const argv = ['--tektra', tektraCommand, '--only', only.join(','), '--json', file];
    const { output } = await runTool([incidentsRunner, ...argv], { cwd: productRoot });
    const text = await readFile(file, 'utf8').catch(() => {
      throw new Error(`the runner wrote no grades:\n${output}`);
    });
    const { incidents } = JSON.parse(text) as { incidents: Grade[] };
    return new Map(incidents.map((grade) => [grade.incident, grade]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `3/3` → true; nothing asked → true. */
function allHit(share: string | null): boolean {
  if (share === null) return true;
  const [hit, wanted] = share.split('/');
  return hit === wanted;
}
