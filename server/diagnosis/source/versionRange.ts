/** How a requirement is written: npm's ranges, Python's specifiers, or a version of a version manager's file. */
export type RangeStyle = 'npm' | 'python' | 'prefix' | 'minimum';

type Parts = readonly [number, number, number];

/** Whether a version meets a requirement; undefined when the requirement is not understood (`lts/*`, a branch, a URL). */
export function admits(range: string, version: string, style: RangeStyle): boolean | undefined {
  const actual = partsOf(version);
  const text = range.trim();
  if (!actual || text === '' || text.length > 300) return undefined;
  if (style === 'minimum') {
    const least = partsOf(text);
    return least && compare(actual, least.parts) >= 0;
  }
  if (style === 'prefix') {
    const wanted = partsOf(text.replace(/^(?:v|node-|python-|go|openjdk-|temurin-)/, ''));
    // Another patch is no other language: only what is written up to the second place counts (Node and Java: the first).
    return wanted && actual.slice(0, Math.min(wanted.count, 2)).every((part, index) => part === wanted.parts[index]);
  }
  const alternatives = text.split(style === 'npm' ? '||' : '|').map((each) => all(each, actual, style));
  if (alternatives.includes(true)) return true;
  return alternatives.includes(undefined) ? undefined : false;
}

/** The first part alone, as a version file of Node or Java means it: 20.11.0 and 20.20.2 are one language. */
export function majorOf(version: string): string {
  return version.trim().replace(/^v/, '').split('.')[0] as string;
}

export function isOlder(version: string, than: string): boolean {
  const a = partsOf(version);
  const b = partsOf(than);
  return a !== undefined && b !== undefined && compare(a, b.parts) < 0;
}

type Version = Parts & { count: number; parts: Parts };

function partsOf(text: string): Version | undefined {
  const match = /^[v=]?\s*(\d{1,6})(?:\.(\d{1,6}|[xX*]))?(?:\.(\d{1,6}|[xX*]))?(?:[-+.a-zA-Z].{0,60})?$/.exec(
    text.trim(),
  );
  if (!match) return undefined;
  const given = match.slice(1, 4).filter((part) => part !== undefined && /^\d/.test(part));
  const parts = [Number(match[1]), Number(given[1] ?? 0), Number(given[2] ?? 0)] as const;
  return Object.assign([...parts] as unknown as Parts, { count: given.length, parts });
}

function compare(a: Parts, b: Parts): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function all(text: string, actual: Parts, style: 'npm' | 'python'): boolean | undefined {
  const hyphen = /^\s*(\S+)\s+-\s+(\S+)\s*$/.exec(text);
  const plain = hyphen ? `>=${hyphen[1]} <=${hyphen[2]}` : text;
  // `>= 18` and `>=18` are the same.
  const parts = plain
    .replace(/([<>=~^!]+)\s+/g, '$1')
    .split(/[\s,]+/)
    .filter((part) => part !== '');
  const answers = parts.map((part) => one(part, actual, style));
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function one(part: string, actual: Parts, style: 'npm' | 'python'): boolean | undefined {
  const match = /^(\^|~=|~>|~|>=|<=|==|!=|=|>|<)?(.+)$/.exec(part);
  const operator = match?.[1] ?? '';
  if (/^[xX*]$/.test(match?.[2] ?? '')) return true;
  const wanted = partsOf((match?.[2] ?? '').replace(/\.\*$/, ''));
  if (!wanted) return undefined;
  const order = compare(actual, wanted.parts);
  const same = (places: number): boolean =>
    actual.slice(0, places).every((each, index) => each === wanted.parts[index]);
  switch (operator) {
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0 && !same(wanted.count);
    case '<=':
      return order <= 0 || same(wanted.count);
    case '!=':
      return !same(wanted.count);
    case '^':
      return order >= 0 && same(wanted.parts[0] === 0 ? Math.min(2, wanted.count) : 1);
    case '~':
      return order >= 0 && same(Math.min(2, wanted.count));
    case '~=':
    case '~>':
      return order >= 0 && same(Math.max(1, wanted.count - 1));
    default:
      // Poetry and npm alike: `20` means any 20, `3.11` any 3.11; Python's `==3.11` is meant so, too.
      return style === 'python' && wanted.count === 3 ? same(2) : same(wanted.count);
  }
}
