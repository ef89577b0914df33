import path from 'node:path';
import type { ProcessUse } from '../../systems/process/processUse.ts';
import { defineObserver } from '../observer.ts';
import { processList } from './machine.ts';
import { type ProxyState, proxyStates } from './proxyStates.ts';

/** A running nginx whose error log says that its workers have no connection left. */
export interface ProxyWorkers {
  state: ProxyState;
  entry: ProxyState['errors'][number];
  /** Of `worker_connections`, as the configuration sets it now; undefined when nginx's own default holds. */
  setting: { file: string; line: number; text: string; value: number } | undefined;
  /** What each worker holds open now; those that only end their last connections are left out. */
  workers: ProcessUse[];
}

export const NO_CONNECTIONS = /(\d{1,9}) worker_connections are not enough/;
const SETTING = /^\s*worker_connections\s+(\d{1,9})\s*;/;

export const proxyWorkers = defineObserver<ProxyWorkers[]>({
  id: 'proxies.workers',
  label: 'workers of reverse proxies',
  timeoutMs: 11_000,
  observe: async ({ systems, workspace, signal, use }) => {
    const suspects = (await use(proxyStates)).flatMap((state) => {
      const entry = state.errors.findLast(({ record, recent }) => recent && NO_CONNECTIONS.test(record.text));
      return entry && state.process ? [{ state, entry, master: state.process.pid }] : [];
    });
    if (suspects.length === 0) return [];
    const processes = await use(processList);
    return Promise.all(
      suspects.map(async ({ state, entry, master }): Promise<ProxyWorkers> => {
        const workers = processes.filter(
          ({ ppid, argv }) => ppid === master && !argv.join(' ').includes('is shutting down'),
        );
        const uses = await Promise.all(workers.map(({ pid }) => systems.processes.use(pid, signal)));
        const texts = await Promise.all(
          state.target.config.files.map(async (file) => ({
            file,
            lines: (await systems.files.readText(path.join(workspace, file), { signal }))?.split('\n') ?? [],
          })),
        );
        const [setting] = texts.flatMap(({ file, lines }) =>
          lines.flatMap((text, index) => {
            const value = SETTING.exec(text)?.[1];
            return value === undefined ? [] : [{ file, line: index + 1, text, value: Number(value) }];
          }),
        );
        return { state, entry, setting, workers: uses.flatMap((each) => each ?? []) };
      }),
    );
  },
});
