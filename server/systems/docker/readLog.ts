import { type AskOptions, askEngine } from './askEngine.ts';
import type { EngineAnswer } from './docker.ts';
import type { EngineAddress } from './findEngine.ts';

/** More than this is cut off at the front, whatever the number of lines. */
const MAX_BYTES = 512 * 1024;
const FRAME_HEADER = 8;

export function readLog(
  engines: () => Promise<EngineAddress[]>,
  id: string,
  options: AskOptions & { lines: number },
): Promise<EngineAnswer<string>> {
  return askEngine(engines, options, async (engine, signal) => {
    const bytes = await engine.getContainer(id).logs({
      stdout: true,
      stderr: true,
      follow: false,
      timestamps: true,
      tail: options.lines,
      abortSignal: signal,
    });
    return demultiplex(Buffer.from(bytes)).subarray(-MAX_BYTES).toString('utf8');
  });
}

/**
 * Without a terminal the engine sends frames: a stream number, three zero bytes, the length as 32 bits, the bytes.
 * With a terminal it sends the bytes alone. https://docs.docker.com/reference/api/engine/ "Stream format"
 */
export function demultiplex(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + FRAME_HEADER <= bytes.length) {
    const stream = bytes[at] as number;
    if (stream > 2 || bytes[at + 1] !== 0 || bytes[at + 2] !== 0 || bytes[at + 3] !== 0) return bytes;
    const length = bytes.readUInt32BE(at + 4);
    parts.push(bytes.subarray(at + FRAME_HEADER, at + FRAME_HEADER + length));
    at += FRAME_HEADER + length;
  }
  return parts.length === 0 ? bytes : Buffer.concat(parts);
}
