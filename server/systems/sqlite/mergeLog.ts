const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The last bit tells the order of the bytes in its checksums. */
const MAGIC = 0x377f0682;

/**
 * The database as a reader sees it: its file with what the write-ahead log has committed, both as bytes.
 * https://sqlite.org/fileformat2.html, "The Write-Ahead Log". What follows the last whole transaction does not count.
 */
export function mergeLog(image: Buffer, log: Buffer): Buffer {
  if (log.length < HEADER_BYTES || log.readUInt32BE(0) >>> 1 !== MAGIC >>> 1) return image;
  const sum = createChecksum(log.readUInt32BE(0) & 1 ? 'big' : 'little');
  const pageSize = log.readUInt32BE(8);
  sum.add(log.subarray(0, 24));
  if (!sum.equals(log, 24) || pageSize < 512) return image;
  const salts = log.subarray(16, 24);
  const committed = new Map<number, Buffer>();
  let pending = new Map<number, Buffer>();
  let pageCount = 0;
  const frameBytes = FRAME_HEADER_BYTES + pageSize;
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    const page = log.subarray(at + FRAME_HEADER_BYTES, at + frameBytes);
    sum.add(log.subarray(at, at + 8));
    sum.add(page);
    // What an earlier round of the log left behind has other salts.
    if (!log.subarray(at + 8, at + 16).equals(salts) || !sum.equals(log, at + 16)) break;
    pending.set(log.readUInt32BE(at), page);
    const pagesAfterCommit = log.readUInt32BE(at + 4);
    if (pagesAfterCommit === 0) continue;
    for (const [number, content] of pending) committed.set(number, content);
    pending = new Map();
    pageCount = pagesAfterCommit;
  }
  if (pageCount === 0) return image;
  const merged = Buffer.alloc(pageCount * pageSize);
  image.copy(merged);
  for (const [number, content] of committed) if (number <= pageCount) content.copy(merged, (number - 1) * pageSize);
  return merged;
}

/** The log's running checksum over pairs of 32-bit words. */
function createChecksum(order: 'big' | 'little') {
  let first = 0;
  let second = 0;
  return {
    add(bytes: Buffer): void {
      const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const isLittle = order === 'little';
      for (let at = 0; at + 8 <= bytes.length; at += 8) {
        first = (first + words.getUint32(at, isLittle) + second) >>> 0;
        second = (second + words.getUint32(at + 4, isLittle) + first) >>> 0;
      }
    },
    equals: (bytes: Buffer, at: number): boolean =>
      bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second,
  };
}
