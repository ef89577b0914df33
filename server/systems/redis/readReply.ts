/** A reply of RESP2. `error` starts with its code: "WRONGPASS invalid username-password pair". */
export type RedisReply = { kind: 'text'; text: string } | { kind: 'error'; text: string };

/** INFO sections are some kilobytes; what claims to be larger is no Redis. */
const MAX_BULK_BYTES = 1 << 20;
const MAX_LINE_BYTES = 4096;

/**
 * Takes one reply off the front of `bytes`. `incomplete`: more bytes are needed. `foreign`: this is not RESP.
 * Arrays are not read: none of our commands is answered with one.
 */
export function readReply(
  bytes: Buffer,
): { kind: 'reply'; reply: RedisReply; length: number } | { kind: 'incomplete' } | { kind: 'foreign' } {
  if (bytes.length === 0) return { kind: 'incomplete' };
  const type = String.fromCharCode(bytes[0] ?? 0);
  if (!'+-:$'.includes(type)) return { kind: 'foreign' };
  const end = bytes.indexOf('\r\n');
  if (end === -1) return { kind: bytes.length > MAX_LINE_BYTES ? 'foreign' : 'incomplete' };
  const line = bytes.toString('utf8', 1, end);
  if (type !== '$') {
    return { kind: 'reply', reply: { kind: type === '-' ? 'error' : 'text', text: line }, length: end + 2 };
  }
  const size = Number(line);
  if (!Number.isInteger(size) || size < -1 || size > MAX_BULK_BYTES) return { kind: 'foreign' };
  if (size === -1) return { kind: 'reply', reply: { kind: 'text', text: '' }, length: end + 2 };
  const total = end + 2 + size + 2;
  if (bytes.length < total) return { kind: 'incomplete' };
  const text = bytes.toString('utf8', end + 2, end + 2 + size);
  return { kind: 'reply', reply: { kind: 'text', text }, length: total };
}

/** A command in RESP2: an array of bulk strings, so that no argument can be taken for anything else. */
export function encodeCommand(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** One field of an INFO text ("redis_version:7.0.15"). */
export function infoField(text: string, name: string): string | undefined {
  const line = text.split(/\r?\n/).find((each) => each.startsWith(`${name}:`));
  return line?.slice(name.length + 1);
}
