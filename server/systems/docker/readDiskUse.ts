import * as z from 'zod';
import { type AskOptions, askEngine } from './askEngine.ts';
import type { EngineAnswer, EngineDiskUse } from './docker.ts';
import type { EngineAddress } from './findEngine.ts';

const size = z.number().nullish().catch(undefined);
const list = <T extends z.ZodRawShape>(shape: T) => z.array(z.object(shape)).nullish();
const DiskUse = z.object({
  LayersSize: size,
  Images: list({ Size: size, SharedSize: size, Containers: size }),
  Containers: list({ SizeRw: size }),
  Volumes: list({ UsageData: z.object({ Size: size }).nullish() }),
  BuildCache: list({ Size: size, Shared: z.boolean().nullish() }),
});

export function readDiskUse(
  engines: () => Promise<EngineAddress[]>,
  options: AskOptions,
): Promise<EngineAnswer<EngineDiskUse>> {
  return askEngine(engines, options, async (engine, signal) => {
    const df = engine.df as (ask: { abortSignal: AbortSignal }) => Promise<unknown>;
    const use = DiskUse.parse(await df.call(engine, { abortSignal: signal }));
    return {
      images: use.LayersSize ?? 0,
      unusedImages: sum(
        (use.Images ?? []).filter(({ Containers }) => Containers === 0),
        // What it shares with others stays when it goes.
        ({ Size, SharedSize }) => (Size ?? 0) - Math.max(0, SharedSize ?? 0),
      ),
      containers: sum(use.Containers ?? [], ({ SizeRw }) => SizeRw ?? 0),
      // -1: the driver does not tell.
      volumes: sum(use.Volumes ?? [], ({ UsageData }) => Math.max(0, UsageData?.Size ?? 0)),
      buildCache: sum(
        (use.BuildCache ?? []).filter(({ Shared }) => Shared !== true),
        ({ Size }) => Size ?? 0,
      ),
    };
  });
}

function sum<T>(items: readonly T[], bytes: (item: T) => number): number {
  return items.reduce((total, item) => total + bytes(item), 0);
}
