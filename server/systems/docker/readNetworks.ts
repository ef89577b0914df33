import { type AskOptions, askEngine } from './askEngine.ts';
import type { EngineAnswer, NetworkFacts } from './docker.ts';
import type { EngineAddress } from './findEngine.ts';

export function readNetworks(
  engines: () => Promise<EngineAddress[]>,
  options: AskOptions,
): Promise<EngineAnswer<NetworkFacts[]>> {
  return askEngine(engines, options, async (engine, signal) => {
    const list = await engine.listNetworks({ abortSignal: signal });
    return list.map(({ Name, Driver, Internal, Labels }): NetworkFacts => {
      const project = Labels?.['com.docker.compose.project'];
      const network = Labels?.['com.docker.compose.network'];
      return {
        name: Name,
        driver: Driver,
        internal: Internal ?? false,
        compose: project === undefined || network === undefined ? undefined : { project, network },
      };
    });
  });
}
