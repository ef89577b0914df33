import { read } from 'node:fs';
import { promisify } from 'node:util';

const PIECE_BYTES = 65_536;
const readAt = promisify(read);

/** The bytes of an open file from an offset to its end as it is then. @throws the signal's reason, errors of node:fs */
export async function* piecesOf(descriptor: number, from: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = from; ; ) {
    signal.throwIfAborted();
    const piece = new Uint8Array(PIECE_BYTES);
    const { bytesRead } = await readAt(descriptor, piece, 0, PIECE_BYTES, at);
    signal.throwIfAborted();
    if (bytesRead === 0) return;
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}
