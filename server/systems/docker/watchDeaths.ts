import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { askEngine } from './askEngine.ts';
import type { EngineAddress } from './findEngine.ts';

/** A container of compose that ended. */
export interface ContainerDeath {
  container: string;
  service: string;
  workingDir: string | undefined;
  exitCode: number;
}

const Event = z.object({
  Action: z.string(),
  Actor: z.object({ Attributes: z.record(z.string(), z.string()) }),
});
const CONNECT_MS = 3_000;

/**
 * Tells of containers of compose as they die, until the signal aborts or the engine ends the stream.
 * @returns 'ended' when the stream ended, 'absent' when there is no engine to listen to
 */
export async function watchDeaths(
  engines: () => Promise<EngineAddress[]>,
  onDeath: (death: ContainerDeath) => void,
  signal: AbortSignal,
): Promise<'ended' | 'absent'> {
  const answer = await askEngine(engines, { timeoutMs: CONNECT_MS, signal }, (engine) =>
    engine.getEvents({
      filters: { type: ['container'], event: ['die'], label: ['com.docker.compose.service'] },
      // The stream outlives the question's own time limit.
      abortSignal: signal,
    }),
  );
  if (answer.kind !== 'ready') return 'absent';
  const stream = answer.value as Readable;
  const stop = (): void => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  stream.on('error', stop);
  try {
    for await (const line of createInterface({ input: stream })) {
      const death = parse(line);
      if (death) onDeath(death);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
  return 'ended';
}

function parse(line: string): ContainerDeath | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    // A line that was cut off with its engine.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const event = Event.safeParse(json).data;
  if (!event) return undefined;
  const { Attributes } = event.Actor;
  return {
    container: Attributes.name ?? '',
    service: Attributes['com.docker.compose.service'] ?? '',
    workingDir: Attributes['com.docker.compose.project.working_dir'],
    exitCode: Number(Attributes.exitCode ?? 0),
  };
}
