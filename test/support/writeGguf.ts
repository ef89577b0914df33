import { writeFile } from 'node:fs/promises';

export interface GgufTensor {
  name: string;
  dimensions: number[];
  /** ggml type number; 0 is F32, 2 is Q4_0. */
  type: number;
  bytes: number;
}

/** Writes a GGUF v3 file with the given metadata strings, a vocabulary and tensors of zeros. Returns its full size in bytes. */
export async function writeGguf(
  file: string,
  options: { architecture: string; vocabulary: number; tensors: GgufTensor[]; truncateTo?: number },
): Promise<number> {
  const parts: Buffer[] = [];
  const u32 = (value: number): void => void parts.push(Buffer.from(new Uint32Array([value]).buffer));
  const u64 = (value: number): void => void parts.push(Buffer.from(new BigUint64Array([BigInt(value)]).buffer));
  const string = (text: string): void => {
    u64(Buffer.byteLength(text));
    parts.push(Buffer.from(text));
  };
  parts.push(Buffer.from('GGUF'));
  u32(3);
  u64(options.tensors.length);
  u64(3);
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
  const whole = Buffer.concat([header, Buffer.alloc(size - header.length)]);
  await writeFile(file, whole.subarray(0, options.truncateTo ?? size));
  return size;
}
