import { type AskOptions, askEngine } from './askEngine.ts';
import type { EngineAnswer } from './docker.ts';
import type { EngineAddress } from './findEngine.ts';

/** What an engine can do. */
export interface EngineInfo {
  version: string;
  /** Names of the runtimes that it knows: `runc`, `runsc`. */
  runtimes: string[];
  /** Processors that it may give away. */
  cpus: number;
}

export function readInfo(
  engines: () => Promise<EngineAddress[]>,
  options: AskOptions,
): Promise<EngineAnswer<EngineInfo>> {
  return askEngine(engines, options, async (engine, signal) => {
    const info = (await (engine.info as (options: object) => Promise<unknown>).call(engine, {
      abortSignal: signal,
    })) as {
      ServerVersion?: string;
      Runtimes?: Record<string, unknown>;
      NCPU?: number;
    };
    return {
      version: info.ServerVersion ?? 'unknown',
      runtimes: Object.keys(info.Runtimes ?? {}).sort(),
      cpus: info.NCPU ?? 0,
    };
  });
}
