import { stripVTControlCharacters } from 'node:util';
import { logKindOf } from '../../logs/present/logKind.ts';
import { parseRecords } from '../../logs/present/parseRecords.ts';
import type { ContainerFacts } from '../../systems/docker/docker.ts';
import { defineObserver } from '../observer.ts';
import { containers } from './containers.ts';
import type { WorkspaceLog } from './serviceLogs.ts';

const LINES = 300;
const LOG_MS = 1_500;
/** Read at the same time. */
const CONCURRENT = 8;

/** The output of the workspace's containers, by the name of the compose service. One that cannot be read is left out. */
export const containerLogs = defineObserver<ReadonlyMap<string, WorkspaceLog[]>>({
  id: 'containers.logs',
  label: 'output of the containers',
  timeoutMs: 10_000,
  observe: async ({ systems, clock, signal, use }) => {
    const { byService } = await use(containers);
    const logs = new Map<string, WorkspaceLog[]>();
    const todo = [...byService].flatMap(([service, [newest]]) => (newest ? [{ service, container: newest }] : []));
    const work = async (): Promise<void> => {
      for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
        const { service, container } = next;
        const answer = await systems.docker.log(container.id, { lines: LINES, timeoutMs: LOG_MS, signal });
        if (answer.kind === 'ready') logs.set(service, [toLog(container, answer.value, clock.now())]);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT }, work));
    return logs;
  },
});

function toLog(container: ContainerFacts, text: string, now: Date): WorkspaceLog {
  const lines = stripVTControlCharacters(text).split(/\r?\n/).map(withTime);
  if (lines.at(-1) === '') lines.pop();
  return {
    file: `docker logs ${container.name}`,
    kind: logKindOf(lines),
    records: parseRecords(lines, 1),
    modifiedAt: container.state === 'running' ? now : (container.finishedAt ?? now),
    numbered: false,
  };
}

/** A line that begins with its level and has no time of its own gets the engine's; others stay as the program wrote them. */
function withTime(line: string): string {
  const blank = line.indexOf(' ');
  const written = blank < 0 ? '' : line.slice(blank + 1);
  return /^\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b/i.test(written) ? line : written;
}
