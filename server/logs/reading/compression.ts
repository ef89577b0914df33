/** What a log was packed with, told by its first bytes; its name proves nothing. */
export type Compression = 'gzip' | 'zstd' | 'bzip2' | 'xz';

/** Bytes that tell it. */
export const MAGIC_BYTES = 10;

/** Why unpacking stopped before the end; everything up to there was given. */
export class BrokenArchive extends Error {
  override readonly name = 'BrokenArchive';
  readonly kind: 'cut' | 'damaged' | 'unsupported';
  /** Bytes of the packed data before the break. */
  readonly consumed: number;

  constructor(kind: BrokenArchive['kind'], consumed: number, cause?: unknown) {
    super(`${kind} after ${consumed} bytes`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.consumed = consumed;
  }
}

export function compressionOf(head: Uint8Array): Compression | undefined {
  if (startsWith(head, [0x1f, 0x8b, 0x08])) return 'gzip';
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return 'zstd';
  // A skippable frame, as pzstd writes it ahead.
  if (((head[0] ?? 0) & 0xf0) === 0x50 && startsWith(head.subarray(1), [0x2a, 0x4d, 0x18])) return 'zstd';
  if (startsWith(head, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])) return 'xz';
  if (startsWith(head, [0x42, 0x5a, 0x68]) && isBzip2Block(head.subarray(4))) return 'bzip2';
  return undefined;
}

/** A packed file that cannot be unpacked here, and the program that can. */
export function foreignArchive(head: Uint8Array): { name: string; program: string } | undefined {
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) return { name: 'a zip archive', program: 'unzip' };
  if (startsWith(head, [0x04, 0x22, 0x4d, 0x18])) return { name: 'packed with lz4', program: 'lz4 -d' };
  if (startsWith(head, [0x1f, 0x9d])) return { name: 'packed with compress', program: 'uncompress' };
  if (startsWith(head, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])) return { name: 'a 7z archive', program: '7z x' };
  if (startsWith(head, [0x4c, 0x5a, 0x49, 0x50, 0x01])) return { name: 'packed with lzip', program: 'lzip -d' };
  return undefined;
}

/** The digits of π begin a block, those of its square root the end of a stream without blocks. */
function isBzip2Block(bytes: Uint8Array): boolean {
  return (
    startsWith(bytes, [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]) || startsWith(bytes, [0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
  );
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}
