import { NAME, REST } from './shapeText.ts';
import { tokensOf } from './shapeTokens.ts';

/** How many words of a message a coarse shape keeps. */
const KEPT_WORDS = 2;

export const EVERYTHING_ELSE: string = String.fromCharCode(REST);

/** A canonical text of the first words alone; everything behind them is one variable. */
export function coarseText(text: string): string {
  let out = '';
  let words = 0;
  for (const { kind, text: own } of tokensOf(text)) {
    if (kind === 'word') words += 1;
    if (words > KEPT_WORDS || out.length > 80) return `${out}${String.fromCharCode(NAME)}`;
    out += own;
  }
  return out;
}
