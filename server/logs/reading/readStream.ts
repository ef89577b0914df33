import { compressionOf, MAGIC_BYTES } from './compression.ts';
import type { Spool } from './spool.ts';
import { unpack } from './unpack.ts';

/** First bytes with which something packed may begin (compression.ts). */
const PACKED_BEGINNINGS = new Set([0x1f, 0x28, 0x42, 0xfd]);

/**
 * Fills a spool from a stream, which may be packed, and completes it.
 * @returns why nothing could be given, when it is so
 */
export async function readStream(
  stream: AsyncIterable<Uint8Array>,
  spool: Spool,
  signal: AbortSignal,
): Promise<Error | undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  const onAbort = (): void => void iterator.return?.(undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    let head: Uint8Array = new Uint8Array();
    let ended = false;
    while (!ended && (head.length === 0 || (mayBePacked(head) && head.length < MAGIC_BYTES))) {
      const { value, done } = await iterator.next();
      if (done === true) ended = true;
      else head = Buffer.concat([head, value]);
    }
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      yield head;
      for (;;) {
        const { value, done } = await iterator.next();
        if (done === true || signal.aborted) return;
        yield value;
      }
    };
    const compression = compressionOf(head);
    if (compression !== undefined) return await unpack(spool, compression, { pieces, again: false, bytes: undefined });
    for await (const piece of pieces()) if (!spool.write(piece)) break;
  } catch (error) {
    if (!signal.aborted) spool.breakOff(error);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await iterator.return?.(undefined);
  }
  if (!signal.aborted) spool.finish();
  return undefined;
}

function mayBePacked(head: Uint8Array): boolean {
  const first = head[0] as number;
  return PACKED_BEGINNINGS.has(first) || first >> 4 === 5;
}
