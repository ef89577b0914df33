import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogEngine } from '../../server/logs/engine/createLogEngine.ts';
import type { LogEngine } from '../../server/logs/engine/logEngine.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { docker, tinyImage } from '../support/startContainers.ts';

const engineHere = requireSystem('docker');

describe.skipIf(!engineHere.available)('the log of a container', { timeout: 120_000 }, () => {
  const name = `tektra-log-${process.pid}`;
  const { signal } = new AbortController();
  let folder: string;
  let engine: LogEngine;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'tektra-container-log-'));
    engine = createLogEngine({ temporaryFolder: folder, onChange: () => undefined });
    const script =
      'for i in 1 2 3; do echo "{\\"level\\":30,\\"time\\":179500000000$i,\\"msg\\":\\"request $i\\"}"; done; echo "ERROR: no config" >&2; while true; do echo "{\\"level\\":50,\\"time\\":1795000000009,\\"msg\\":\\"late\\"}"; sleep 1; done';
    await docker('run', '-d', '--name', name, await tinyImage(), 'sh', '-c', script);
  });
  afterAll(async () => {
    await docker('rm', '-f', name);
    rmSync(folder, { recursive: true, force: true });
  });

  it('is followed, its lines read as what the program wrote, its standard error apart', async () => {
    const { log } = await engine.open({ sources: [{ kind: 'container', name }], follow: true }, { signal });
    const rowsOf = async (query: string) => {
      const { view } = await engine.query({ log, query }, { signal });
      return (await engine.rows({ log, view, position: 0, count: 50 })).rows;
    };
    await expect
      .poll(async () => (await rowsOf('level:info')).map(({ message }) => message))
      .toEqual(['request 1', 'request 2', 'request 3']);
    await expect.poll(async () => (await rowsOf('config')).length).toBe(1);
    const before = (await rowsOf('late')).length;
    await expect.poll(async () => (await rowsOf('late')).length, { timeout: 20_000 }).toBeGreaterThan(before);
    const { sources } = await engine.get({ log });
    expect(sources.map((source) => source.name).sort()).toEqual([name, `${name} (stderr)`]);
    await engine.close({ log });
  });

  it('of a container that is not there is refused with the next step', async () => {
    const opening = engine.open({ sources: [{ kind: 'container', name: 'tektra-no-such' }] }, { signal });
    await expect(opening).rejects.toMatchObject({ code: 'log.unreadable', action: expect.stringContaining('ps') });
  });
});
