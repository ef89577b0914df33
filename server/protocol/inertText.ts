/** Controls, formats, line separators, lone surrogates, what is ignorable by default (variation selectors, fillers). */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|[\u{e0100}-\u{e01ef}]|\u034f|\u115f|\u1160|\u3164|\uffa0/gu;

/**
 * Control, direction and invisible characters would show another text than the one that is there, or drive a terminal:
 * they are spelled out (`\u{1b}`). Line feeds and tabs stay. Lone surrogates are spelled out, too.
 */
export function inertText(text: string): string {
  return text.replace(UNSEEN, (sign) =>
    sign === '\n' || sign === '\t' ? sign : `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** As {@link inertText} for what stands in one line: line feeds are spelled out, tabs are blanks. */
export function inertLine(text: string): string {
  return inertText(text.replaceAll('\t', ' ')).replaceAll('\n', '\\n');
}
