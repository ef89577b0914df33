import { type AskOptions, askEngine } from './askEngine.ts';
import type { EngineAnswer, ImageFacts } from './docker.ts';
import type { EngineAddress } from './findEngine.ts';

export function readImages(
  engines: () => Promise<EngineAddress[]>,
  options: AskOptions,
): Promise<EngineAnswer<ImageFacts[]>> {
  return askEngine(engines, options, async (engine, signal) => {
    const list = await engine.listImages({ abortSignal: signal });
    return list.map(({ RepoTags, Id, Size }) => ({ tags: RepoTags ?? [], id: Id, sizeBytes: Size }));
  });
}
