import { type FileHandle, open } from 'node:fs/promises';
import { LOADABLE_ARCHITECTURES, PROJECTOR_ARCHITECTURES } from './architectures.ts';
import type { GgufAnswer, GgufModel } from './gguf.ts';
import { HeaderDamaged, HeaderReader } from './headerReader.ts';
import { kvBytesPerToken } from './kvBytesPerToken.ts';
import { TENSOR_TYPES, UNMEASURED_TYPES } from './tensorTypes.ts';

const DEFAULT_ALIGNMENT = 32;
/** Bytes of the fixed-size metadata value types, by their number in the format; 8 is string, 9 array. */
const VALUE_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const U32 = 4;
const I32 = 5;
const STRING = 8;
const ARRAY = 9;
const U64 = 10;
/** The format had three versions in three years; a larger number is no version. */
const MAX_PLAUSIBLE_VERSION = 32;

/** Reads the header and the tensor table, and compares what they promise with the file's size. Format: ggml/docs/gguf.md. */
export async function readGguf(path: string, signal: AbortSignal): Promise<GgufAnswer> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { kind: 'absent' }
      : { kind: 'unreadable', because: code ?? String(error) };
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return { kind: 'unreadable', because: 'it is not a regular file' };
    const reader = new HeaderReader(file, stats.size, signal);
    const magic = await reader.peekMagic();
    if (magic !== undefined) return { kind: 'notGguf', because: magic, sizeBytes: stats.size };
    try {
      return await measure(reader, stats.size);
    } catch (error) {
      if (error instanceof HeaderDamaged) return { kind: 'damaged', because: error.message, sizeBytes: stats.size };
      throw error;
    }
  } finally {
    await file.close();
  }
}

async function measure(reader: HeaderReader, sizeBytes: number): Promise<GgufAnswer> {
  const version = await reader.u32();
  const swapped = Buffer.from(new Uint32Array([version]).buffer).readUInt32BE();
  if (swapped >= 1 && swapped <= MAX_PLAUSIBLE_VERSION)
    return { kind: 'otherVersion', version: swapped, bigEndian: true, sizeBytes };
  if (version === 1 || (version > 3 && version <= MAX_PLAUSIBLE_VERSION))
    return { kind: 'otherVersion', version, bigEndian: false, sizeBytes };
  if (version < 2 || version > 3) throw new HeaderDamaged(`version ${version} is not one that this format has`);
  const tensors = await reader.u64();
  const pairs = await reader.u64();
  if (tensors > 1e6 || pairs > 1e6)
    throw new HeaderDamaged('the header counts more tensors or keys than any model has');
  let alignment = DEFAULT_ALIGNMENT;
  const metadata: Metadata = new Map();
  for (let index = 0; index < pairs; index++) {
    const key = await reader.string();
    const type = await reader.u32();
    if (key === 'general.alignment' && type === 4) alignment = await reader.u32();
    else if (key === 'general.architecture' && type === STRING) metadata.set(key, await reader.string());
    else if (NUMBERS_OF_INTEREST.test(key)) await keepNumbers(reader, type, key, metadata);
    else await skipValue(reader, type);
  }
  let end = 0;
  const unknownTypes = new Set<number>();
  for (let index = 0; index < tensors; index++) {
    await reader.string();
    const dimensions = await reader.u32();
    if (dimensions > 8) throw new HeaderDamaged(`a tensor has ${dimensions} dimensions`);
    let values = 1;
    for (let dimension = 0; dimension < dimensions; dimension++) values *= await reader.u64();
    const number = await reader.u32();
    const type = TENSOR_TYPES.get(number);
    if (!type && !UNMEASURED_TYPES.has(number)) unknownTypes.add(number);
    const offset = await reader.u64();
    // Of a type that is not known only the beginning is certain.
    end = Math.max(end, offset + (type ? Math.ceil(values / type.values) * type.bytes : 1));
  }
  const start = Math.ceil(reader.position / alignment) * alignment;
  const neededBytes = tensors === 0 ? reader.position : start + end;
  return neededBytes > sizeBytes
    ? { kind: 'truncated', neededBytes, sizeBytes }
    : {
        kind: 'complete',
        tensors,
        sizeBytes,
        ...describeModel(metadata),
        unknownTypes: [...unknownTypes].sort((a, b) => a - b),
        weightBytes: end,
      };
}

type Metadata = Map<string, string | number | number[]>;

const NUMBERS_OF_INTEREST =
  /\.(?:context_length|block_count|embedding_length|attention\.(?:head_count|head_count_kv|key_length|value_length|sliding_window|kv_lora_rank))$|\.ssm\.state_size$|\.wkv\.head_size$/;
/** One number for each block; no model has more. */
const MAX_KEPT_NUMBERS = 4_096;

function describeModel(metadata: Metadata): Omit<GgufModel, 'unknownTypes' | 'weightBytes'> {
  const name = metadata.get('general.architecture');
  const architecture = typeof name === 'string' ? name : undefined;
  const numbers = (key: string): number | number[] | undefined => {
    const value = metadata.get(`${architecture}.${key}`);
    return typeof value === 'string' ? undefined : value;
  };
  const number = (key: string): number | undefined => {
    const value = numbers(key);
    return typeof value === 'number' ? value : undefined;
  };
  const window = numbers('attention.sliding_window');
  return {
    architecture,
    loadable: architecture === undefined ? undefined : LOADABLE_ARCHITECTURES.has(architecture),
    projector: architecture !== undefined && PROJECTOR_ARCHITECTURES.has(architecture),
    contextLength: number('context_length'),
    kvBytesPerToken: kvBytesPerToken({
      blockCount: number('block_count'),
      embeddingLength: number('embedding_length'),
      headCount: numbers('attention.head_count'),
      kvHeadCount: numbers('attention.head_count_kv'),
      keyLength: number('attention.key_length'),
      valueLength: number('attention.value_length'),
      slidingWindow: window !== undefined && window !== 0,
      otherState: ['attention.kv_lora_rank', 'ssm.state_size', 'wkv.head_size'].some(
        (key) => numbers(key) !== undefined,
      ),
    }),
  };
}

/** Keeps an integer, or a short list of them; whatever else stands there is passed over. */
async function keepNumbers(reader: HeaderReader, type: number, key: string, metadata: Metadata): Promise<void> {
  if (type === U32 || type === I32) metadata.set(key, await reader.u32());
  else if (type === U64) metadata.set(key, await reader.u64());
  else if (type === ARRAY) {
    const element = await reader.u32();
    const count = await reader.u64();
    if ((element !== U32 && element !== I32) || count > MAX_KEPT_NUMBERS) return skipElements(reader, element, count);
    const list: number[] = [];
    for (let index = 0; index < count; index++) list.push(await reader.u32());
    metadata.set(key, list);
  } else await skipValue(reader, type);
}

async function skipValue(reader: HeaderReader, type: number): Promise<void> {
  const bytes = VALUE_BYTES[type];
  if (bytes !== undefined) return reader.skip(bytes);
  if (type === STRING) return reader.skip(await reader.u64());
  if (type !== ARRAY) throw new HeaderDamaged(`a metadata value has the unknown type ${type}`);
  const element = await reader.u32();
  await skipElements(reader, element, await reader.u64());
}

async function skipElements(reader: HeaderReader, element: number, count: number): Promise<void> {
  const elementBytes = VALUE_BYTES[element];
  if (elementBytes !== undefined) return reader.skip(elementBytes * count);
  for (let index = 0; index < count; index++) await skipValue(reader, element);
}
