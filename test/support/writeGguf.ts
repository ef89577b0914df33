import { truncate, writeFile } from 'node:fs/promises';

export interface GgufTensor {
  name: string;
  dimensions: number[];
  /** ggml type number; 0 is F32, 2 is Q4_0. */
  type: number;
  bytes: number;
}

/** Writes a GGUF file (v3) with the given metadata, a vocabulary and tensors of zeros, as a sparse file. Returns its full size in bytes. */
export async function writeGguf(
  file: string,
  options: {
    architecture: string;
    vocabulary: number;
    tensors: GgufTensor[];
    truncateTo?: number;
    version?: number;
    /** Strings as such, whole numbers as u32 (lists of them as arrays), others as f32. */
    metadata?: Record<string, string | number | number[]>;
  },
): Promise<number> {
  const parts: Buffer[] = [];
  const u32 = (value: number): void => void parts.push(Buffer.from(new Uint32Array([value]).buffer));
  const u64 = (value: number): void => void parts.push(Buffer.from(new BigUint64Array([BigInt(value)]).buffer));
  const string = (text: string): void => {
    u64(Buffer.byteLength(text));
    parts.push(Buffer.from(text));
  };
  parts.push(Buffer.from('GGUF'));
  const metadata = Object.entries(options.metadata ?? {});
  u32(options.version ?? 3);
  u64(options.tensors.length);
  u64(3 + metadata.length);
  string('general.architecture');
  u32(8);
  string(options.architecture);
  string('general.alignment');
  u32(4);
  u32(64);
  string('tokenizer.ggml.tokens');
  u32(9);
  u32(8);
  u64(options.vocabulary);
  for (let token = 0; token < options.vocabulary; token++) string(`token${token}`);
  for (const [key, value] of metadata) {
    string(key);
    if (typeof value === 'string') {
      u32(8);
      string(value);
    } else if (typeof value === 'number') {
      u32(Number.isInteger(value) ? 4 : 6);
      if (Number.isInteger(value)) u32(value);
      else parts.push(Buffer.from(new Float32Array([value]).buffer));
    } else {
      u32(9);
      u32(4);
      u64(value.length);
      for (const each of value) u32(each);
    }
  }
  let offset = 0;
  for (const { name, dimensions, type, bytes } of options.tensors) {
    string(name);
    u32(dimensions.length);
    for (const dimension of dimensions) u64(dimension);
    u32(type);
    u64(offset);
    offset += Math.ceil(bytes / 64) * 64;
  }
  const header = Buffer.concat(parts);
  const last = options.tensors.at(-1);
  const start = Math.ceil(header.length / 64) * 64;
  const size = start + offset - (last ? Math.ceil(last.bytes / 64) * 64 - last.bytes : 0);
  const length = options.truncateTo ?? size;
  await writeFile(file, header.subarray(0, length));
  await truncate(file, length);
  return size;
}
