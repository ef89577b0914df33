/** What the header tells of the model's attention; numbers may be one for all blocks, or one for each. */
export interface Attention {
  blockCount: number | undefined;
  embeddingLength: number | undefined;
  headCount: number | readonly number[] | undefined;
  /** Heads of keys and values; where the header has none, they are as many as the heads. */
  kvHeadCount: number | readonly number[] | undefined;
  keyLength: number | undefined;
  valueLength: number | undefined;
  /** Only some blocks keep the whole context (gemma, gpt-oss). */
  slidingWindow: boolean;
  /** Keys and values are kept compressed (MLA: the DeepSeek family), or there is a state instead of them (Mamba, RWKV). */
  otherState: boolean;
}

/** llama.cpp keeps keys and values as 16-bit floats unless `--cache-type-k/v` says otherwise. */
const F16_BYTES = 2;

/**
 * Bytes that one token of context takes in the cache of keys and values:
 * Σ over blocks of kv heads × (key length + value length) × 2 bytes.
 * Source: `n_embd_k_gqa` and `n_embd_v_gqa` in llama.cpp's src/llama-hparams.cpp, and the sizes in src/llama-kv-cache.cpp.
 * @returns undefined where the formula does not hold or the header does not tell enough
 */
export function kvBytesPerToken(attention: Attention): number | undefined {
  const { blockCount, embeddingLength, headCount, slidingWindow, otherState } = attention;
  if (slidingWindow || otherState || !blockCount || blockCount > 10_000) return undefined;
  const firstHeads = typeof headCount === 'number' ? headCount : headCount?.find((heads) => heads > 0);
  const perHead = firstHeads && embeddingLength ? Math.floor(embeddingLength / firstHeads) : undefined;
  const keyLength = attention.keyLength ?? perHead;
  const valueLength = attention.valueLength ?? perHead;
  if (!keyLength || !valueLength) return undefined;
  const heads = attention.kvHeadCount ?? headCount;
  let total = 0;
  for (let block = 0; block < blockCount; block++) {
    const here = typeof heads === 'number' ? heads : heads?.[block];
    if (here === undefined) return undefined;
    total += here * (keyLength + valueLength) * F16_BYTES;
  }
  return total > 0 ? total : undefined;
}
