import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGguf } from '../../../server/systems/gguf/gguf.ts';
import { type GgufTensor, writeGguf } from '../../support/writeGguf.ts';

const TENSORS: GgufTensor[] = [
  { name: 'token_embd.weight', dimensions: [64, 100], type: 0, bytes: 64 * 100 * 4 },
  { name: 'blk.0.attn_q.weight', dimensions: [64, 64], type: 2, bytes: ((64 * 64) / 32) * 18 },
];

describe('a model file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tektra-gguf-'));
    file = path.join(folder, 'model.gguf');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const inspect = (name = file) => createGguf().inspect(name, new AbortController().signal);
  const write = (truncateTo?: number) =>
    writeGguf(file, {
      architecture: 'llama',
      vocabulary: 5_000,
      tensors: TENSORS,
      ...(truncateTo === undefined ? {} : { truncateTo }),
    });

  it('is whole when its last tensor ends at its last byte', async () => {
    const size = await write();
    expect(await inspect()).toMatchObject({ kind: 'complete', architecture: 'llama', tensors: 2, sizeBytes: size });
  });

  it('is truncated when one byte of its last tensor is missing, and says how many it needs', async () => {
    const size = await write();
    await write(size - 1);
    expect(await inspect()).toEqual({ kind: 'truncated', neededBytes: size, sizeBytes: size - 1 });
  });

  it('tells what a token of context takes: Llama 3 8B keeps 128 KiB, and each block may have heads of its own', async () => {
    const attention = {
      'llama.context_length': 8192,
      'llama.embedding_length': 4096,
      'llama.block_count': 32,
      'llama.attention.head_count': 32,
    };
    const measured = async (metadata: Record<string, string | number | number[]>, architecture = 'llama') => {
      await writeGguf(file, { architecture, vocabulary: 10, tensors: TENSORS, metadata });
      const answer = await inspect();
      return answer.kind === 'complete' ? answer : undefined;
    };
    expect(await measured({ ...attention, 'llama.attention.head_count_kv': 8 })).toMatchObject({
      kvBytesPerToken: 131_072,
      contextLength: 8192,
      loadable: true,
    });
    // Without grouped heads every head has keys and values of its own.
    expect((await measured(attention))?.kvBytesPerToken).toBe(524_288);
    const some = Array.from({ length: 32 }, (_, block) => (block % 2 === 0 ? 8 : 0));
    expect((await measured({ ...attention, 'llama.attention.head_count_kv': some }))?.kvBytesPerToken).toBe(65_536);
    // Sliding windows and compressed caches follow other formulas: nothing is claimed.
    expect((await measured({ ...attention, 'llama.attention.sliding_window': 512 }))?.kvBytesPerToken).toBeUndefined();
    expect((await measured({ ...attention, 'llama.attention.kv_lora_rank': 512 }))?.kvBytesPerToken).toBeUndefined();
    expect((await measured({}, 'nebula9'))?.loadable).toBe(false);
  });

  it('names tensor types that ggml does not have, and versions that runtimes do not read', async () => {
    const [first, second] = TENSORS as [GgufTensor, GgufTensor];
    await writeGguf(file, { architecture: 'llama', vocabulary: 10, tensors: [first, { ...second, type: 77 }] });
    expect(await inspect()).toMatchObject({ kind: 'complete', unknownTypes: [77] });
    await writeGguf(file, { architecture: 'llama', vocabulary: 10, tensors: TENSORS, version: 1 });
    expect(await inspect()).toMatchObject({ kind: 'otherVersion', version: 1, bigEndian: false });
    await writeGguf(file, { architecture: 'llama', vocabulary: 10, tensors: TENSORS, version: 0x03000000 });
    expect(await inspect()).toMatchObject({ kind: 'otherVersion', version: 3, bigEndian: true });
  });

  it('is damaged when it ends inside its own header, wherever that is', async () => {
    for (const length of [5, 11, 23, 40, 300, 20_000]) {
      await write(length);
      expect(await inspect()).toMatchObject({ kind: 'damaged', sizeBytes: length });
    }
  });

  it('survives every kind of nonsense after the magic', async () => {
    for (let seed = 1; seed < 60; seed++) {
      const bytes = Buffer.alloc(400);
      let value = seed;
      for (let index = 0; index < bytes.length; index++) {
        value = (value * 1103515245 + 12345) >>> 0;
        bytes[index] = value >>> 16;
      }
      bytes.write('GGUF', 0, 'latin1');
      if (seed % 2 === 0) bytes.writeUInt32LE(3, 4);
      await writeFile(file, bytes);
      expect((await inspect()).kind).toMatch(/damaged|truncated|complete/);
    }
  });

  it('says what another file is', async () => {
    for (const [content, because] of [
      ['version https://git-lfs.github.com/spec/v1\noid sha256:0\n', /Git LFS pointer/],
      ['<!doctype html><title>404</title>', /HTML/],
      ['{"error":"gated"}', /JSON/],
      ['', /empty/],
      ['nonsense', /does not begin with GGUF/],
    ] as const) {
      await writeFile(file, content);
      expect(await inspect()).toMatchObject({ kind: 'notGguf', because: expect.stringMatching(because) });
    }
    expect(await inspect(path.join(folder, 'absent.gguf'))).toEqual({ kind: 'absent' });
    expect((await inspect(folder)).kind).toBe('unreadable');
  });
});
