import {
  BACKSLASH,
  CHUNK,
  CLASS,
  COLON,
  DASH,
  DIGIT,
  DOT,
  HEX_LETTER,
  isDigit,
  JOINER,
  LETTERS,
  MASKED,
  SLASH,
  SPACE,
  SUSPECT,
  WORD,
} from './byteClass.ts';
import {
  addressEnd,
  chunkEnd,
  endOfName,
  goesOn,
  isComparison,
  isHost,
  isPathStart,
  pathEnd,
  withThousands,
} from './chunkParts.ts';
import { quotedEnd, quotedIsOneValue } from './quoted.ts';
import {
  colonHexEnd,
  digitsEnd,
  dottedNumber,
  flagsOf,
  indexOfByte,
  isAddress,
  isHex,
  isHostName,
  isNamedDigit,
  isQuad,
  isUuid,
  numberEnd,
  timeEnd,
  unitEnd,
} from './scanTyped.ts';
import {
  DURATION,
  HEX,
  IP,
  MAX_SHAPE,
  NAME,
  NUMBER,
  PATH,
  QUOTED,
  REST,
  SIZE,
  TIME,
  URL_TEXT,
  UUID,
} from './shapeText.ts';
import { factorOf, unitNumber } from './units.ts';

/** A run of more bytes than this without a space or bracket is data, not a word. */
export const LONG_CHUNK = 256;
const SLACK = 2 * LONG_CHUNK;
/** Of one message that is told in detail. */
const MOST_CHUNKS = 32;

/** Writes the canonical text of one message after the other into `out`. One object is reused, since there are millions. */
export class ShapeWriter {
  readonly out: Uint8Array = new Uint8Array(MAX_SHAPE + SLACK);
  /** Bytes of `out` that are the shape of the message written last. */
  length = 0;
  /** What each marker stands for: ranges of the message's bytes, in order. */
  readonly starts: Int32Array = new Int32Array(MAX_SHAPE + SLACK);
  readonly ends: Int32Array = new Int32Array(MAX_SHAPE + SLACK);
  markers = 0;
  /** Chunks that were taken apart: their ranges, and those of what they became in `out`. Whole only when `verbatim`. */
  chunks = 0;
  readonly chunkStarts: Int32Array = new Int32Array(MOST_CHUNKS);
  readonly chunkEnds: Int32Array = new Int32Array(MOST_CHUNKS);
  readonly outStarts: Int32Array = new Int32Array(MOST_CHUNKS);
  readonly outEnds: Int32Array = new Int32Array(MOST_CHUNKS);
  /** All other bytes stand in `out` as in the message, and what became of each depends on nothing behind its chunk. */
  verbatim = true;

  write(bytes: Uint8Array, start: number, end: number): void {
    const classes = CLASS;
    const out = this.out;
    let at = start;
    let length = 0;
    let closing = -1;
    let unclosed = 0;
    this.markers = 0;
    this.chunks = 0;
    this.verbatim = true;
    while (at < end) {
      if (length >= MAX_SHAPE) {
        this.verbatim = false;
        this.length = length;
        this.mark(REST, at, end);
        return;
      }
      const byte = bytes[at] as number;
      const kind = classes[byte] as number;
      if (kind & CHUNK) {
        const from = at;
        const stop = end - at > LONG_CHUNK ? at + LONG_CHUNK : end;
        let flags = kind;
        for (at += 1; at < stop; at += 1) {
          const more = classes[bytes[at] as number] as number;
          if (more >= SPACE) break;
          flags |= more;
        }
        if (at === stop && stop < end) at = chunkEnd(bytes, at, end);
        if (
          at - from <= LONG_CHUNK &&
          ((flags & SUSPECT) === 0 || ((flags & MASKED) === 0 && !isHost(bytes, from, at, flags)))
        ) {
          for (let own = from; own < at; own += 1) out[length++] = bytes[own] as number;
          continue;
        }
        this.length = length;
        if (at - from > LONG_CHUNK) {
          this.verbatim = false;
          at = this.mark(NAME, from, at);
        } else {
          at = this.chunk(bytes, from, at, end, flags);
          this.note(from, at, length);
        }
        length = this.length;
      } else if (kind === SPACE) {
        const from = at;
        do at += 1;
        while (at < end && classes[bytes[at] as number] === SPACE);
        if (byte !== 0x20 || at - from > 1 || length === 0 || at === end) this.verbatim = false;
        if (length > 0 && at < end) out[length++] = 0x20;
      } else {
        if (byte === 0x22 || byte === 0x27 || byte === 0x3c || byte === 0x3e) this.verbatim = false;
        if ((byte === 0x22 || byte === 0x27) && at !== closing && byte !== unclosed) {
          const close = quotedEnd(bytes, at, start, end);
          if (close < 0) {
            if (close === -1) unclosed = byte;
          } else if (close > 0) {
            closing = close;
            if (quotedIsOneValue(bytes, at, close, out, length)) {
              out[length] = byte;
              this.length = length + 1;
              at = this.mark(QUOTED, at + 1, close);
              length = this.length;
              continue;
            }
          }
        } else if ((byte === 0x3c || byte === 0x3e) && isComparison(bytes, at, start, end)) {
          at += 1;
          continue;
        }
        out[length++] = byte;
        at += 1;
      }
    }
    this.length = length;
  }

  private note(start: number, end: number, outStart: number): void {
    const chunk = this.chunks;
    if (chunk === MOST_CHUNKS) {
      this.verbatim = false;
      return;
    }
    this.chunkStarts[chunk] = start;
    this.chunkEnds[chunk] = end;
    this.outStarts[chunk] = outStart;
    this.outEnds[chunk] = this.length;
    this.chunks = chunk + 1;
  }

  private mark(marker: number, start: number, end: number): number {
    this.starts[this.markers] = start;
    this.ends[this.markers++] = end;
    this.out[this.length++] = marker;
    return end;
  }

  private literal(bytes: Uint8Array, start: number, end: number): number {
    const out = this.out;
    let length = this.length;
    for (let at = start; at < end; at += 1) out[length++] = bytes[at] as number;
    this.length = length;
    return end;
  }

  /** Masks what is variable in the chunk bytes[from, to), which holds a digit, a dot or a slash. @returns where to go on */
  chunk(bytes: Uint8Array, from: number, to: number, limit: number, flags: number): number {
    if (flags === DIGIT && bytes[to] !== 0x2c) return this.mark(NUMBER, from, to);
    const classes = CLASS;
    let tail = to;
    while (tail > from && !((classes[bytes[tail - 1] as number] as number) & (WORD | SLASH))) tail -= 1;
    let at = from;
    while (at < tail) {
      const byte = bytes[at] as number;
      const kind = classes[byte] as number;
      if (kind === DIGIT || ((byte === 0x2d || byte === 0x2b) && isDigit(bytes[at + 1]) && at + 1 < tail)) {
        at = this.numeric(bytes, at, tail, limit, flags);
      } else if (kind & LETTERS)
        at = this.wordy(bytes, at, tail, limit, at === from && tail === to ? flags : flagsOf(bytes, at, tail));
      else if (kind === SLASH || kind === BACKSLASH) at = this.path(bytes, at, tail, limit, flags);
      else if ((byte === 0x2e || byte === 0x7e) && isPathStart(bytes, at, tail))
        at = this.path(bytes, at, tail, limit, flags);
      else at = this.other(bytes, at, tail);
    }
    return at >= to ? at : this.literal(bytes, at, to);
  }

  /** `::1`; any other sign stands for itself. */
  private other(bytes: Uint8Array, from: number, to: number): number {
    const address = bytes[from] === 0x3a && bytes[from + 1] === 0x3a ? colonHexEnd(bytes, from, to) : 0;
    return address < 0 ? this.mark(IP, from, -address) : this.literal(bytes, from, from + 1);
  }

  private numeric(bytes: Uint8Array, from: number, to: number, limit: number, hints: number): number {
    if (hints & DOT && isAddress(bytes, from, to)) return this.mark(IP, from, to);
    const at = numberEnd(bytes, from, to);
    const quad = (hints & DOT) !== 0 && isQuad(bytes, from, at);
    if (at === to) return this.mark(quad ? IP : NUMBER, from, withThousands(bytes, from, at, limit));
    const next = bytes[at] as number;
    if (quad && (next === 0x3a || next === 0x2f)) {
      const port = digitsEnd(bytes, at + 1, to);
      if (port > at + 1 && !(port < to && (CLASS[bytes[port] as number] as number) & WORD))
        return this.mark(IP, from, port);
      return this.mark(IP, from, at);
    }
    if (isUuid(bytes, from, from + 36 <= to ? from + 36 : from)) return this.mark(UUID, from, from + 36);
    const address = hints & COLON ? colonHexEnd(bytes, from, to) : 0;
    if (address !== 0) return this.mark(address < 0 ? IP : HEX, from, Math.abs(address));
    const time = timeEnd(bytes, from, to, limit);
    if (time > from && !goesOn(bytes, time, to)) return this.mark(TIME, from, time);
    if (next === 0x2f && isDigit(bytes[at + 1]) && at + 1 < to) {
      this.mark(NUMBER, from, at);
      return this.literal(bytes, at, at + 1);
    }
    if (next === 0x3a || next === 0x25) return this.mark(NUMBER, from, at);
    const kind = CLASS[next] as number;
    if (kind & LETTERS) {
      const measured = this.measured(bytes, from, at, to);
      if (measured > from) return measured;
    }
    const stop = endOfName(bytes, at, to);
    if (next === 0x78 && at === from + 1 && isHex(bytes, at + 1, stop)) return this.mark(HEX, from, stop);
    const flags = flagsOf(bytes, from, stop);
    if ((flags & ~(DIGIT | DASH | DOT)) === 0) return this.mark(NUMBER, from, stop);
    if ((flags & ~(DIGIT | HEX_LETTER)) === 0) return this.mark(HEX, from, stop);
    return flags & (SLASH | BACKSLASH) ? this.mark(PATH, from, stop) : this.mark(NAME, from, stop);
  }

  /** A number with a unit right behind it, also `2m3s`. @returns `from` when the letters are no unit */
  private measured(bytes: Uint8Array, from: number, number: number, to: number): number {
    let at = unitEnd(bytes, number, to);
    if (at - number > 12) return from;
    const unit = unitNumber(bytes, number, at);
    if (unit < 0) return from;
    const timed = !Number.isNaN(factorOf(unit));
    while (timed && at < to && CLASS[bytes[at] as number] === DIGIT) {
      const more = numberEnd(bytes, at, to);
      const end = unitEnd(bytes, more, to);
      if (Number.isNaN(factorOf(unitNumber(bytes, more, end)))) return from;
      at = end;
    }
    if (at < to && (CLASS[bytes[at] as number] as number) & (WORD | DASH)) return from;
    return this.mark(timed ? DURATION : SIZE, from, at);
  }

  private wordy(bytes: Uint8Array, from: number, to: number, limit: number, flags: number): number {
    const colon = flags & COLON ? indexOfByte(bytes, 0x3a, from, to) : -1;
    if (colon > 0 && bytes[colon + 1] === 0x2f && bytes[colon + 2] === 0x2f && colon + 2 < to) {
      return this.mark(URL_TEXT, from, addressEnd(bytes, colon, limit));
    }
    if (flags & (SLASH | BACKSLASH)) return this.slashed(bytes, from, to, limit, flags, colon);
    const stop = colon < 0 ? to : colon;
    const left = colon < 0 ? flags : flagsOf(bytes, from, stop);
    if (colon >= 0) {
      const address = colonHexEnd(bytes, from, to);
      if (address !== 0) return this.mark(address < 0 ? IP : HEX, from, Math.abs(address));
      const port = digitsEnd(bytes, colon + 1, to);
      const ported = port > colon + 1 && !(port < to && (CLASS[bytes[port] as number] as number) & WORD);
      if (ported && ((left & DIGIT) !== 0 || isHostName(bytes, from, colon))) return this.mark(NAME, from, port);
    }
    if ((left & DIGIT) === 0) {
      if (left & DOT && isHostName(bytes, from, stop)) return this.mark(NAME, from, stop);
      return this.literal(bytes, from, colon < 0 ? stop : stop + 1);
    }
    if (left & DOT && isHostName(bytes, from, stop)) return this.mark(NAME, from, stop);
    if (isUuid(bytes, from, stop)) return this.mark(UUID, from, stop);
    if (stop - from === 40 && isUuid(bytes, from + 4, stop)) {
      this.literal(bytes, from, from + 4);
      return this.mark(UUID, from + 4, stop);
    }
    if ((left & ~(DIGIT | HEX_LETTER)) === 0 && stop - from > 5) return this.mark(HEX, from, stop);
    const number = left & DOT ? dottedNumber(bytes, from, stop) : -1;
    if (number > 0) {
      this.literal(bytes, from, number);
      return this.mark(NUMBER, number, stop);
    }
    const at = left & JOINER ? indexOfByte(bytes, 0x40, from, stop) : -1;
    if (at > 0 && isHex(bytes, at + 1, stop) && (flagsOf(bytes, from, at) & DIGIT) === 0) {
      this.literal(bytes, from, at + 1);
      return this.mark(HEX, at + 1, stop);
    }
    if (isNamedDigit(bytes, from, stop)) return this.literal(bytes, from, stop);
    return this.mark(NAME, from, stop);
  }

  /** A chunk that begins with a letter and holds a slash. */
  private slashed(bytes: Uint8Array, from: number, to: number, limit: number, flags: number, colon: number): number {
    if (colon === from + 1) return this.path(bytes, from, to, limit, flags);
    let slash = from;
    while (!((CLASS[bytes[slash] as number] as number) & (SLASH | BACKSLASH))) slash += 1;
    if (colon > 0 && colon < slash && (flagsOf(bytes, from, colon) & DIGIT) === 0) {
      return this.literal(bytes, from, colon + 1);
    }
    const stop = pathEnd(bytes, slash, to);
    const before = flagsOf(bytes, from, slash);
    const behind = flagsOf(bytes, slash + 1, stop);
    if ((before & DIGIT) === 0 && slash + 1 < stop && numberEnd(bytes, slash + 1, stop) === stop) {
      this.literal(bytes, from, slash + 1);
      return this.mark(NUMBER, slash + 1, stop);
    }
    const plain = ((before | behind) & (DIGIT | DOT)) === 0 && (behind & (SLASH | BACKSLASH)) === 0;
    if (plain && bytes[slash] === 0x2f) return this.literal(bytes, from, stop);
    return this.path(bytes, from, to, limit, flags);
  }

  /** @param hints classes of the chunk that the path stands in */
  private path(bytes: Uint8Array, from: number, to: number, limit: number, hints: number): number {
    const first = bytes[from] as number;
    if (from + 1 === to && first === 0x2f) return this.mark(PATH, from, to);
    if (first === 0x2f && isDigit(bytes[from + 1])) {
      if (isAddress(bytes, from + 1, to)) return this.mark(IP, from, to);
      const host = numberEnd(bytes, from + 1, to);
      if (isQuad(bytes, from + 1, host)) {
        const port = host < to && bytes[host] === 0x3a ? digitsEnd(bytes, host + 1, to) : host;
        return this.mark(IP, from, port > host + 1 ? port : host);
      }
    }
    const drive = (CLASS[first] as number) & LETTERS && bytes[from + 1] === 0x3a ? 2 : 0;
    const stop = hints & COLON ? pathEnd(bytes, from + drive, to) : to;
    const query = hints & JOINER && first === 0x2f && stop === to && indexOfByte(bytes, 0x3f, from, stop) > 0;
    return this.mark(PATH, from, query ? addressEnd(bytes, from, limit) : stop);
  }
}
