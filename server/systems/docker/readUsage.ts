import * as z from 'zod';
import { type AskOptions, askEngine } from './askEngine.ts';
import type { ContainerUsage, EngineAnswer } from './docker.ts';
import type { EngineAddress } from './findEngine.ts';

const count = z.number().optional().catch(undefined);
/** cgroup v1 tells `total_inactive_file` and `failcnt`, v2 `inactive_file`; of a container at rest everything is absent. */
const Stats = z.object({
  memory_stats: z
    .object({
      usage: count,
      limit: count,
      failcnt: count,
      stats: z.object({ total_inactive_file: count, inactive_file: count }).optional().catch(undefined),
    })
    .optional(),
  pids_stats: z.object({ current: count }).optional(),
});

/** As `docker stats` counts: what the kernel would give back first, the inactive page cache, is no need of the program. */
export function readUsage(
  engines: () => Promise<EngineAddress[]>,
  id: string,
  options: AskOptions,
): Promise<EngineAnswer<ContainerUsage>> {
  return askEngine(engines, options, async (engine, signal) => {
    const ask = { stream: false as const, 'one-shot': true, abortSignal: signal };
    const { memory_stats: memory, pids_stats: pids } = Stats.parse(await engine.getContainer(id).stats(ask));
    const cache = memory?.stats?.total_inactive_file ?? memory?.stats?.inactive_file ?? 0;
    return {
      memoryBytes: memory?.usage === undefined ? undefined : Math.max(0, memory.usage - cache),
      memoryLimitBytes: memory?.limit,
      memoryFailures: memory?.failcnt,
      processes: pids?.current,
    };
  });
}
