/** What a byte can be part of; a byte has one bit. Bytes without a bit of CHUNK end a chunk. */
export const DIGIT = 1;
/** a–f, A–F */
export const HEX_LETTER = 2;
/** Other letters, underscore, and every byte of a character beyond ASCII. */
export const LETTER = 4;
export const DOT = 8;
export const COLON = 16;
export const SLASH = 32;
export const BACKSLASH = 64;
export const DASH = 128;
/** @ + % # ~ $ & * ? ! ^ */
export const JOINER = 256;
/** White space and control bytes. */
export const SPACE = 512;
/** Brackets, quotes, comma, semicolon, equals sign, bar. */
export const DELIMITER = 1024;

export const WORD = DIGIT | HEX_LETTER | LETTER;
export const LETTERS = HEX_LETTER | LETTER;
export const CHUNK = WORD | DOT | COLON | SLASH | BACKSLASH | DASH | JOINER;
/** A chunk with one of these may hold a variable; all others are copied as they stand, … */
export const MASKED = DIGIT | SLASH | BACKSLASH;
/** … and so may one with a dot, when it names a host. */
export const SUSPECT = MASKED | DOT;

export const CLASS: Uint16Array = makeClasses();

function makeClasses(): Uint16Array {
  const classes = new Uint16Array(256).fill(LETTER);
  classes.fill(SPACE, 0, 0x21);
  classes[0x7f] = SPACE;
  const set = (characters: string, bit: number): void => {
    for (const character of characters) classes[character.charCodeAt(0)] = bit;
  };
  set('0123456789', DIGIT);
  set('abcdefABCDEF', HEX_LETTER);
  set('.', DOT);
  set(':', COLON);
  set('/', SLASH);
  set('\\', BACKSLASH);
  set('-', DASH);
  set('@+%#~$&*?!^', JOINER);
  set('()[]{}<>"\'`,;=|', DELIMITER);
  return classes;
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
