import { readGguf } from './readGguf.ts';

/** What a model file in llama.cpp's format (GGUF v2, v3) is, told by its header and tensor table against its size. */
export type GgufAnswer =
  | ({ kind: 'complete'; tensors: number; sizeBytes: number } & GgufModel)
  /** The tensor table names bytes that the file does not have. */
  | { kind: 'truncated'; neededBytes: number; sizeBytes: number }
  /** The header itself stops or is not understood. */
  | { kind: 'damaged'; because: string; sizeBytes: number }
  /** The format in a version that today's runtimes do not read: 1, a later one, or the bytes of a big-endian machine. */
  | { kind: 'otherVersion'; version: number; bigEndian: boolean; sizeBytes: number }
  /** Not this format at all; `because` says what it looks like. */
  | { kind: 'notGguf'; because: string; sizeBytes: number }
  | { kind: 'absent' }
  | { kind: 'unreadable'; because: string };

/** What the header says of the model. */
export interface GgufModel {
  architecture: string | undefined;
  /** Whether llama.cpp loads this architecture, by the list of `architectures.ts`; undefined when the header names none. */
  loadable: boolean | undefined;
  /** It is the projector of a model that sees or hears, no model by itself. */
  projector: boolean;
  /** Numbers of tensor types that ggml does not have. */
  unknownTypes: number[];
  /** Bytes of all tensors: what loading takes at least, in memory or mapped. */
  weightBytes: number;
  /** Tokens of context that it was trained with. */
  contextLength: number | undefined;
  /** Bytes of key/value cache for each token of context at 16 bits; undefined where that cannot be told from the header. */
  kvBytesPerToken: number | undefined;
}

/** Model files, read-only: the header and the tensor table, never the weights. */
export interface Gguf {
  inspect(path: string, signal: AbortSignal): Promise<GgufAnswer>;
}

export function createGguf(): Gguf {
  return { inspect: readGguf };
}
