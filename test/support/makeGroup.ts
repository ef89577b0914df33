import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A cgroup of version 1 with a limit, made for one test. Needs root. */
export interface TestGroup {
  /** Its path inside the hierarchy: `/tektra-memory-123`. */
  path: string;
  /** Runs a program inside of it: put ahead of its argv. */
  enter: readonly [string, ...string[]];
  dispose(): Promise<void>;
}

let made = 0;

/** @param settings file of the group → content, e.g. `memory.limit_in_bytes` */
export function makeGroup(controller: 'memory' | 'cpu', settings: Readonly<Record<string, string>>): TestGroup {
  const path = `/tektra-${controller}-${process.pid}-${++made}`;
  const folder = `/sys/fs/cgroup/${controller}${path}`;
  mkdirSync(folder);
  for (const [file, content] of Object.entries(settings)) writeFileSync(`${folder}/${file}`, content);
  return {
    path,
    enter: ['bash', '-c', `echo $BASHPID > ${folder}/cgroup.procs && exec "$@"`, 'bash'],
    async dispose() {
      // The kernel counts a process that ended as a member for a moment.
      for (let attempt = 0; ; attempt++) {
        try {
          rmdirSync(folder);
          return;
        } catch (error) {
          if (attempt > 40) throw error;
          await pause(50);
        }
      }
    },
  };
}
