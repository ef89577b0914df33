import { describe, expect, it } from 'vitest';
import { hasAnsi, stripAnsi } from '../../../../server/logs/reading/ansi.ts';
import { inertLine, inertText } from '../../../../server/protocol/inertText.ts';

function stripped(text: string): string {
  const bytes = Buffer.from(`before${text}after`);
  return Buffer.from(stripAnsi(bytes, 6, bytes.length - 5)).toString();
}

describe('terminal sequences', () => {
  it.each([
    ['plain', 'plain'],
    ['\u001b[31mERROR\u001b[0m no', 'ERROR no'],
    ['\u001b[38;2;255;0;0mred\u001b[39;49;00m', 'red'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;https://a.b/\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001b(Bcharset\u001b=', 'charset'],
    ['\u001b[2J\u001b[1;1Hcleared\u001b[?25l', 'cleared'],
    ['cut \u001b[3', 'cut '],
    ['cut \u001b', 'cut '],
    // Never closed: the text does not vanish into it.
    ['\u001b]0;title and all the rest', '0;title and all the rest'],
    ['\u001b[3\u0001m', '\u0001m'],
    ['\u001b\u001b[1mx', 'x'],
    ['\u001bPq#0;2\u001b\\after', 'after'],
  ])('are taken out: %j', (text, expected) => {
    expect(stripped(text)).toBe(expected);
  });

  it('are seen only where they are', () => {
    const bytes = Buffer.from('ab\u001b[1mcd');
    expect([hasAnsi(bytes, 0, 2), hasAnsi(bytes, 0, 3), hasAnsi(bytes, 3, bytes.length)]).toEqual([false, true, false]);
    expect(stripAnsi(bytes, 0, 2).buffer).toBe(bytes.buffer);
  });
});

describe('an inert text', () => {
  it('spells out what would drive a terminal or turn the order of signs', () => {
    expect(inertText('a\u001b[31mb\u202ec\u0000\u2028\ufeff')).toBe('a\\u{1b}[31mb\\u{202e}c\\u{0}\\u{2028}\\u{feff}');
    expect(inertText('a\u200b\u2066\u{e0041}\ud800')).toBe('a\\u{200b}\\u{2066}\\u{e0041}\\u{d800}');
  });

  it('leaves letters of all scripts, emoji, tabs and line feeds', () => {
    expect(inertText('grün 日本 שלום 🙂\t\n')).toBe('grün 日本 שלום 🙂\t\n');
  });

  it('stands in one line when it is to', () => {
    expect(inertLine('a\tb\nc\r')).toBe('a b\\nc\\u{d}');
  });
});
