import { readGguf } from './readGguf.ts';

/** What a model file in llama.cpp's format (GGUF v2, v3) is, told by its header and tensor table against its size. */
export type GgufAnswer =
  | { kind: 'complete'; architecture: string | undefined; tensors: number; sizeBytes: number }
  /** The tensor table names bytes that the file does not have. */
  | { kind: 'truncated'; neededBytes: number; sizeBytes: number }
  /** The header itself stops or is not understood. */
  | { kind: 'damaged'; because: string; sizeBytes: number }
  /** Not this format at all; `because` says what it looks like. */
  | { kind: 'notGguf'; because: string; sizeBytes: number }
  | { kind: 'absent' }
  | { kind: 'unreadable'; because: string };

/** Model files, read-only: the header and the tensor table, never the weights. */
export interface Gguf {
  inspect(path: string, signal: AbortSignal): Promise<GgufAnswer>;
}

export function createGguf(): Gguf {
  return { inspect: readGguf };
}
