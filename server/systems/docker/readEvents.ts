import type { Readable } from 'node:stream';
import * as z from 'zod';
import { type AskOptions, askEngine } from './askEngine.ts';
import type { EngineAnswer, EngineEvent } from './docker.ts';
import type { EngineAddress } from './findEngine.ts';
import { readStream } from './readStream.ts';

/** 256 events of some hundred bytes of labels each; an engine that sends more is cut off. */
const MAX_BYTES = 4 * 1024 * 1024;
const Event = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).optional() }),
  timeNano: z.number().optional(),
  time: z.number(),
});

export function readEvents(
  engines: () => Promise<EngineAddress[]>,
  { since, actions, ...options }: AskOptions & { since: Date; actions: readonly string[] },
): Promise<EngineAnswer<EngineEvent[]>> {
  return askEngine(engines, options, async (engine, signal) => {
    const stream = (await engine.getEvents({
      since: Math.floor(since.getTime() / 1000),
      // With an end the engine sends what it has, and closes: to the millisecond, since it waits for an end that lies ahead.
      until: Date.now() / 1000,
      filters: { type: ['container'], event: [...actions] },
      abortSignal: signal,
    })) as Readable;
    const bytes = await readStream(stream, MAX_BYTES, signal);
    return bytes
      .toString('utf8')
      .split('\n')
      .flatMap((line) => parse(line) ?? []);
  });
}

function parse(line: string): EngineEvent | undefined {
  if (line.trim() === '') return undefined;
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    // Cut off with its engine, or by our own limit.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const event = Event.safeParse(json).data;
  if (!event) return undefined;
  const code = event.Actor.Attributes?.exitCode;
  return {
    action: event.Action,
    at: new Date(event.timeNano === undefined ? event.time * 1000 : event.timeNano / 1e6),
    container: event.Actor.ID,
    exitCode: code === undefined ? undefined : Number(code),
  };
}
