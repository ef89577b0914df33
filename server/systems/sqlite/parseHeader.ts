const MAGIC = 'SQLite format 3\0';
export const HEADER_BYTES = 100;
const WAL_VERSION = 2;

export interface Header {
  pageSize: number;
  pageCount: number | undefined;
  usesWal: boolean;
}

/** https://sqlite.org/fileformat2.html, "The Database Header"; undefined when these are not the first bytes of a database. */
export function parseHeader(bytes: Buffer): Header | undefined {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const written = bytes.readUInt16BE(16);
  const pageSize = written === 1 ? 65_536 : written;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  const pageCount = bytes.readUInt32BE(28);
  // The count is valid only when the version that wrote it changed the file last.
  const isValid = pageCount > 0 && bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
  return { pageSize, pageCount: isValid ? pageCount : undefined, usesWal: bytes[18] === WAL_VERSION };
}

/** What commonly lies where a database should: by its first bytes, without showing them. */
const KNOWN: readonly (readonly [string | RegExp, string])[] = [
  ['version https://git-lfs', 'it is a pointer of Git LFS, whose content was not fetched'],
  [/^\s*<(?:!doctype|html|\?xml)/i, 'it is a page of HTML or XML'],
  ['\x1f\x8b', 'it is compressed with gzip'],
  ['PK\x03\x04', 'it is a ZIP archive'],
  [/^(?:--|\/\*|PRAGMA |BEGIN TRANSACTION|CREATE )/i, 'it is a script of SQL'],
  [/^\s*[{[]/, 'it is JSON or another text'],
  ['\0'.repeat(16), 'it begins with zeros'],
  [MAGIC, 'its header is damaged, or was cut off'],
];
/** Noise has about 60 of 100 bytes outside of printable ASCII. */
const NOISE = 0.35;

/** Says what a file is that is no database. `maybeEncrypted`: noise in whole pages, as SQLCipher writes it. */
export function describeForeign(bytes: Buffer, size: number): { looks: string; maybeEncrypted: boolean } {
  const text = bytes.toString('latin1');
  const known = KNOWN.find(([begin]) => (typeof begin === 'string' ? text.startsWith(begin) : begin.test(text)))?.[1];
  if (known !== undefined) return { looks: known, maybeEncrypted: false };
  const strange = bytes.filter((byte) => byte < 0x20 || byte > 0x7e).length;
  const isNoise = strange > bytes.length * NOISE;
  if (isNoise && bytes.length >= HEADER_BYTES && size % 512 === 0)
    return { looks: 'it is encrypted or was overwritten', maybeEncrypted: true };
  return { looks: isNoise ? 'it is other binary data' : 'it is text', maybeEncrypted: false };
}
