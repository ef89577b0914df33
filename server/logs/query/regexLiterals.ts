/** What is known of a regular expression without running it. */
export interface RegexLiterals {
  /** Each match contains at least one of these (ASCII, none empty); undefined: nothing that is certain. */
  required?: readonly string[];
  /** Whether the expression is nothing but a choice of the required texts. */
  isChoice: boolean;
  /** Case does not matter somewhere in it (`(?i)`): search for the literals in any case. */
  ignoreCase: boolean;
  /** Steps of its program, about, with counted repetitions written out. */
  size: number;
}

interface Part {
  /** All texts that it matches; undefined: too many, or not known. */
  exact?: readonly string[];
  required?: readonly string[];
  /** `exact` matches where the expression does, and nowhere else. */
  isPure: boolean;
  size: number;
}

const MOST_TEXTS = 32;
const LONGEST_TEXT = 48;
const DEEPEST = 200;
const ANYTHING: Part = { isPure: false, size: 1 };

/** Reads a pattern in RE2's syntax; what it does not know it takes for anything. The pattern's validity is the engine's to judge. */
export function regexLiterals(pattern: string): RegexLiterals {
  const reader = new RegexReader(pattern);
  const part = reader.choice(0);
  const { isPure } = part;
  const required = bestOf(part);
  const isWhole = reader.at >= pattern.length && !reader.isUnsure;
  return {
    ...(required && isWhole ? { required } : {}),
    isChoice: isWhole && isPure && required !== undefined && part.exact !== undefined,
    ignoreCase: reader.ignoreCase,
    size: part.size,
  };
}

/** The texts to search for: all that it matches, when none is empty, or those that it requires. */
function bestOf({ exact, required }: Part): readonly string[] | undefined {
  if (exact?.every((text) => text !== '')) return exact;
  return required;
}

class RegexReader {
  readonly #pattern: string;
  at = 0;
  ignoreCase = false;
  /** Something was met that this reader may misunderstand. */
  isUnsure = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  choice(depth: number): Part {
    const parts = [this.sequence(depth)];
    while (this.#takes('|')) parts.push(this.sequence(depth));
    if (parts.length === 1 && parts[0]) return parts[0];
    const size = parts.reduce((sum, part) => sum + part.size + 1, 0);
    const isPure = parts.every((part) => part.isPure);
    const exact = together(parts.map((part) => part.exact));
    const required = together(parts.map(bestOf));
    return { ...(exact ? { exact } : {}), ...(required ? { required } : {}), isPure, size };
  }

  sequence(depth: number): Part {
    /** The texts of the parts since the last one that is not known. */
    let run: readonly string[] = [''];
    let best: readonly string[] | undefined;
    let isExact = true;
    let isPure = true;
    let size = 0;
    while (this.at < this.#pattern.length && this.#sign !== '|' && this.#sign !== ')') {
      const part = this.repeated(depth);
      size += part.size;
      isPure &&= part.isPure;
      best = better(best, part.required);
      const longer = part.exact && product(run, part.exact);
      if (longer) {
        run = longer;
        continue;
      }
      best = better(best, bestOf({ exact: run, isPure, size }));
      run = part.exact ?? [''];
      isExact = false;
    }
    best = better(best, bestOf({ exact: run, isPure, size }));
    return { ...(isExact ? { exact: run } : {}), ...(best ? { required: best } : {}), isPure: isPure && isExact, size };
  }

  repeated(depth: number): Part {
    let part = this.atom(depth);
    for (;;) {
      const count = this.#repetition();
      if (!count) return part;
      const [least, most] = count;
      const size = part.size * Math.max(least, most === Number.POSITIVE_INFINITY ? 1 : most, 1) + 2;
      const required = least > 0 ? bestOf(part) : undefined;
      const exact =
        least === 1 && most === 1 ? part.exact : least === 0 && most === 1 ? together([part.exact, ['']]) : undefined;
      part = {
        ...(exact ? { exact } : {}),
        ...(required ? { required } : {}),
        isPure: part.isPure && exact !== undefined,
        size,
      };
      // Laziness changes what is matched, not whether something is.
      this.#takes('?');
    }
  }

  atom(depth: number): Part {
    const sign = this.#sign;
    this.at += 1;
    switch (sign) {
      case '(':
        return this.#group(depth);
      case '[':
        return this.#set();
      case '\\':
        return this.#escape();
      case '.':
        return ANYTHING;
      case '^':
      case '$':
        return { exact: [''], isPure: false, size: 1 };
      default:
        return literal(sign);
    }
  }

  get #sign(): string {
    return this.#pattern.charAt(this.at);
  }

  #takes(sign: string): boolean {
    if (!this.#pattern.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    return true;
  }

  #repetition(): [number, number] | undefined {
    if (this.#takes('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#takes('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#takes('?')) return [0, 1];
    const counted = /\{(\d{1,6})(,?)(\d{0,6})\}/y;
    counted.lastIndex = this.at;
    const [whole, least, comma, most] = counted.exec(this.#pattern) ?? [];
    if (whole === undefined) return undefined;
    this.at += whole.length;
    const from = Number(least);
    return [from, comma === '' ? from : most === '' ? Number.POSITIVE_INFINITY : Number(most)];
  }

  #group(depth: number): Part {
    if (depth > DEEPEST) {
      this.isUnsure = true;
      this.at = this.#pattern.length;
      return { ...ANYTHING, size: Number.POSITIVE_INFINITY };
    }
    const head = /\?(?:P?<\w+>|([a-zA-Z-]*)(:|\)))/y;
    head.lastIndex = this.at;
    const [whole, flags, close] = head.exec(this.#pattern) ?? [];
    if (whole !== undefined) {
      this.at += whole.length;
      if (flags?.includes('i')) this.ignoreCase = true;
      if (close === ')') return { exact: [''], isPure: false, size: 0 };
    } else if (this.#sign === '?') this.isUnsure = true;
    const inner = this.choice(depth + 1);
    this.#takes(')');
    return { ...inner, isPure: inner.isPure && (flags ?? '') === '', size: inner.size + 2 };
  }

  #set(): Part {
    const { at } = this;
    // A few signs that mean themselves are as many texts: `[Ee]rror`.
    const few = /([A-Za-z0-9 _.,:;=/]{1,4})\]/y;
    few.lastIndex = at;
    const [whole, signs] = few.exec(this.#pattern) ?? [];
    if (whole !== undefined && signs !== undefined) {
      this.at += whole.length;
      return { exact: [...new Set(signs)], isPure: true, size: 1 };
    }
    if (this.#sign === '^') this.at += 1;
    for (let first = true; this.at < this.#pattern.length; first = false) {
      if (this.#takes('\\')) this.at += 1;
      else if (this.#sign === ']' && !first) break;
      else if (this.#pattern.startsWith('[:', this.at))
        this.at = Math.max(this.at + 2, this.#pattern.indexOf(':]', this.at) + 2);
      else this.at += 1;
    }
    this.at += 1;
    return ANYTHING;
  }

  #escape(): Part {
    const sign = this.#sign;
    this.at += 1;
    if (!/[A-Za-z0-9]/.test(sign)) return literal(sign);
    switch (sign) {
      case 'b':
      case 'B':
      case 'A':
      case 'z':
        return { exact: [''], isPure: false, size: 1 };
      case 't':
        return literal('\t');
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 's':
      case 'S':
        return ANYTHING;
      case 'p':
      case 'P':
        if (this.#takes('{')) this.at = Math.max(this.at, this.#pattern.indexOf('}', this.at) + 1);
        else this.at += 1;
        return ANYTHING;
      case 'x':
        if (this.#takes('{')) this.at = Math.max(this.at, this.#pattern.indexOf('}', this.at) + 1);
        else this.at += 2;
        return ANYTHING;
      case 'n':
      case 'r':
      case 'f':
      case 'v':
      case 'a':
        return ANYTHING;
      default:
        // \Q…\E, octal, and what RE2 may bring in the future.
        this.isUnsure = true;
        return ANYTHING;
    }
  }
}

/** Signs outside ASCII are other bytes in other encodings, and fold to others in ways of their own. */
function literal(sign: string): Part {
  return /^[\t\x20-\x7e]$/.test(sign) ? { exact: [sign], isPure: true, size: 1 } : ANYTHING;
}

function product(heads: readonly string[], tails: readonly string[]): readonly string[] | undefined {
  if (heads.length * tails.length > MOST_TEXTS) return undefined;
  const texts = heads.flatMap((head) => tails.map((tail) => head + tail));
  return texts.every((text) => text.length <= LONGEST_TEXT) ? texts : undefined;
}

/** The longer the shortest text, the rarer, and the faster the search. */
function better(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!one || !other) return one ?? other;
  return worth(other) > worth(one) ? other : one;
}

function worth(texts: readonly string[]): number {
  return Math.min(...texts.map(({ length }) => length)) - texts.length / MOST_TEXTS;
}

function together(sets: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const all = new Set<string>();
  for (const set of sets) {
    if (!set) return undefined;
    for (const text of set) all.add(text);
  }
  return all.size <= MOST_TEXTS ? [...all] : undefined;
}
