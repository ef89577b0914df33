import type { FileHandle } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { describeFsError, fsErrorCode } from './describeFsError.ts';
import type { TailResult } from './files.ts';
import { type ByteOrderMark, byteOrderMark, isBinary, openRegularFile, readRange } from './readTextFile.ts';

/** Above this the lines before the tail are not counted: reading them would take longer than a diagnosis may. */
const COUNTABLE_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const SAMPLE_BYTES = 4096;
/** A line longer than this many characters is cut: nobody reads it, and patterns on it cost time. */
const MAX_LINE_CHARACTERS = 4000;
const NEWLINE = 0x0a;

/**
 * The last `maxBytes` bytes of a log as whole lines.
 * @throws the signal's reason when cancelled
 */
export async function tailFile(path: string, options: { signal: AbortSignal; maxBytes?: number }): Promise<TailResult> {
  options.signal.throwIfAborted();
  let handle: FileHandle | undefined;
  try {
    handle = await openRegularFile(path);
    if (handle === undefined) return { kind: 'unreadable', because: 'is not a regular file' };
    return await readTail(handle, options.maxBytes ?? 512 * 1024, options.signal);
  } catch (error) {
    options.signal.throwIfAborted();
    const code = fsErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    return { kind: 'unreadable', because: describeFsError(error) };
  } finally {
    await handle?.close();
  }
}

async function readTail(handle: FileHandle, maxBytes: number, signal: AbortSignal): Promise<TailResult> {
  const { size, mtime } = await handle.stat();
  const head = await readRange(handle, 0, Math.min(size, SAMPLE_BYTES));
  const encoding = byteOrderMark(head);
  // UTF-16: a tail has to start between two code units.
  let start = Math.max(0, size - maxBytes);
  if (encoding !== undefined && start % 2 === 1) start++;
  signal.throwIfAborted();
  const bytes = await readRange(handle, start, size - start);
  if (encoding === undefined && (isBinary(bytes) || (isBinary(head) && head.some((byte) => byte !== 0)))) {
    return { kind: 'binary' };
  }
  let text = decode(bytes, encoding);
  if (start === 0 && text.startsWith('\uFEFF')) text = text.slice(1);

  let skippedLines = 0;
  let cutFront = false;
  if (start > 0 && !(await endsLine(handle, start, encoding))) {
    const firstEnd = text.indexOf('\n');
    // One line that is longer than the whole tail: its end is better than nothing.
    if (firstEnd === -1 || firstEnd === text.length - 1) cutFront = true;
    else {
      text = text.slice(firstEnd + 1);
      skippedLines = 1;
    }
  }
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const counted = size <= COUNTABLE_BYTES ? await countLines(handle, start, encoding, signal) : undefined;
  return {
    kind: 'text',
    tail: {
      lines: lines.map((line, i) => (cutFront && i === 0 ? `…${cleanLine(line)}` : cleanLine(line))),
      firstLine: counted === undefined ? undefined : counted + skippedLines + 1,
      truncated: start > 0,
      size,
      modifiedAt: mtime,
    },
  };
}

function decode(bytes: Buffer, encoding: ByteOrderMark): string {
  if (encoding === undefined) return bytes.toString('utf8');
  const whole = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  return (encoding === 'utf-16be' ? whole.swap16() : whole).toString('utf16le');
}

/** Removes what only a terminal understands. Control characters in a log are the writer's, and a log may be an attacker's. */
function cleanLine(raw: string): string {
  let line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  // Cut first: escape sequences of a megabyte-long line need not be looked at.
  if (line.length > MAX_LINE_CHARACTERS * 2) line = line.slice(0, MAX_LINE_CHARACTERS * 2);
  if (CONTROL.test(line)) {
    line = stripVTControlCharacters(line.replaceAll('\r', ' ')).replace(CONTROLS, '');
  }
  return line.length > MAX_LINE_CHARACTERS ? line.slice(0, MAX_LINE_CHARACTERS) : line;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Whether the bytes just before `position` end a line. */
async function endsLine(handle: FileHandle, position: number, encoding: ByteOrderMark): Promise<boolean> {
  const width = encoding === undefined ? 1 : 2;
  return decode(await readRange(handle, position - width, width), encoding) === '\n';
}

/** Line ends before `end`. */
async function countLines(
  handle: FileHandle,
  end: number,
  encoding: ByteOrderMark,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for (let position = 0; position < end; position += CHUNK_BYTES) {
    signal.throwIfAborted();
    const chunk = await readRange(handle, position, Math.min(CHUNK_BYTES, end - position));
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) {
      if (encoding === undefined) count++;
      else if (encoding === 'utf-16le' ? at % 2 === 0 && chunk[at + 1] === 0 : at % 2 === 1 && chunk[at - 1] === 0) {
        count++;
      }
    }
  }
  return count;
}
