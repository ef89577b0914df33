/** A reply of RESP2. `error` starts with its code: "WRONGPASS invalid username-password pair". */
export type RedisReply =
  | { kind: 'text'; text: string }
  | { kind: 'error'; text: string }
  | { kind: 'list'; items: RedisReply[] };

export type ReadReply =
  | { kind: 'reply'; reply: RedisReply; length: number }
  /** More bytes are needed. */
  | { kind: 'incomplete' }
  /** This is not RESP. */
  | { kind: 'foreign' };

/** INFO sections are some kilobytes; what claims to be larger is no Redis. */
const MAX_BULK_BYTES = 1 << 20;
const MAX_LINE_BYTES = 4096;
/** The entries of a slow log that we ask for, with the words of their commands. */
const MAX_ITEMS = 1024;
const MAX_DEPTH = 4;

/** Takes one reply off the front of `bytes`. */
export function readReply(bytes: Buffer): ReadReply {
  return readAt(bytes, 0, 0);
}

/** @returns `length` is the end of the reply in `bytes` */
function readAt(bytes: Buffer, from: number, depth: number): ReadReply {
  if (bytes.length <= from) return { kind: 'incomplete' };
  const type = String.fromCharCode(bytes[from] ?? 0);
  if (!'+-:$*'.includes(type)) return { kind: 'foreign' };
  const end = bytes.indexOf('\r\n', from);
  if (end === -1) return { kind: bytes.length - from > MAX_LINE_BYTES ? 'foreign' : 'incomplete' };
  const line = bytes.toString('utf8', from + 1, end);
  if (type === '*') return readList(bytes, end + 2, Number(line), depth);
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

function readList(bytes: Buffer, from: number, count: number, depth: number): ReadReply {
  if (!Number.isInteger(count) || count < -1 || count > MAX_ITEMS || depth >= MAX_DEPTH) return { kind: 'foreign' };
  const items: RedisReply[] = [];
  let at = from;
  while (items.length < count) {
    const item = readAt(bytes, at, depth + 1);
    if (item.kind !== 'reply') return item;
    items.push(item.reply);
    at = item.length;
  }
  return { kind: 'reply', reply: { kind: 'list', items }, length: at };
}

/** A command in RESP2: an array of bulk strings, so that no argument can be taken for anything else. */
export function encodeCommand(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
