/**
 * How programs say that a variable is not set. Group 1 is the name; these need no other sign that a variable is meant.
 */
const EXPLICIT: readonly RegExp[] = [
  // bash: `run.sh: line 4: REGION: unbound variable`; dash: `start.sh: 4: REGION: parameter not set`; `${X:?}`: `X: parameter null or not set`
  /\b([A-Z_][A-Z0-9_]*): (?:unbound variable|parameter (?:null or )?not set)/,
  // Prisma: `Environment variable not found: DATABASE_URL.`
  /[Ee]nvironment variable not found: ([A-Z][A-Z0-9_]*)/,
  // django-environ and Django projects: `Set the SECRET_KEY environment variable`
  /[Ss]et the ([A-Z][A-Z0-9_]*) environment variable/,
  // envconfig (Go): `required key LEDGER_DSN missing value`; env (Go): `required environment variable "X" is not set`
  /required key ([A-Z][A-Z0-9_]*) missing value/,
  // python-decouple: `X not found. Declare it as envvar or define a default value.`
  /\b([A-Z][A-Z0-9_]*) not found\. Declare it as envvar/,
  // Elixir: `could not fetch environment variable "X" because it is not set`; env-var (Node): `env-var: "X" is a required variable`
  /(?:[Ee]nv(?:ironment)?[ -]var(?:iable)?s?|ENV|env var)[:\s]+['"`$]*\{?([A-Z][A-Z0-9_]*)\}?['"`]* (?:is|was|must|has|not|because|could|required|missing|undefined)\b/,
  // Ruby's ENV.fetch: `key not found: "CATALOG_API" (KeyError)`
  /key not found: "([A-Z][A-Z0-9_]*)"/,
  // Spring: `Could not resolve placeholder 'BILLING_URL' in value "${BILLING_URL}"`
  /Could not resolve placeholder '([A-Z][A-Z0-9_]*)'/,
  // PHP: `Undefined array key "API_KEY"`
  /Undefined (?:array key|index:?) ["']?([A-Z][A-Z0-9_]*)/,
  // Perl: `Use of uninitialized value $ENV{"X"}`
  /uninitialized value \$ENV\{"?([A-Z][A-Z0-9_]*)"?\}/,
];

const SAYS_MISSING =
  /missing|required|not (?:been )?(?:set|defined|provided|found|configured|present|specified|given|available)|undefined|unset|must be (?:set|defined|provided|configured|present|given)|KeyError|parameter null|unbound variable|is needed|\bneeds?\b|empty|NotPresent|\bset the\b|no value|\bnull\b|\bblank\b|expected string, received undefined/i;
/** The value is there, and wrong: another cause's matter. */
const SAYS_WRONG =
  /\b(?:invalid|malformed|not a valid|must be (?:a|an|one|between|positive|numeric|in)\b|could not parse|cannot parse|parsing|unparsable|NaN|out of range|received (?:nan|string|number))\b/i;
const NAME = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b[A-Z][A-Z0-9]{2,}\b/g;
const NOT_A_VARIABLE =
  /^(?:ERR_\w+|E[A-Z]{3,}|MODULE_NOT_FOUND|ECONN\w+|ERROR|FATAL|WARN|WARNING|INFO|DEBUG|HTTP|HTTPS|JSON|NULL|TRUE|FALSE|UNDEFINED|REQUIRED|MISSING|NODE_MODULES|UNHANDLED\w*|TCP|URL|URI|API|UTF|ENV|PATH_TO\w*|THIS|NOT|SET|CRITICAL|GET|POST|PUT|SQL|STDERR|STDOUT)$/;

/**
 * Variables that the text of an error says are missing.
 * @param known names that the service's code or env files hold: only of these is a bare mention taken for a variable
 */
export function missingNamesIn(text: string, known: ReadonlySet<string>): string[] {
  const names = new Set<string>();
  for (const name of fromIssues(text)) names.add(name);
  const lines = text.split('\n');
  const environmental = /\benv(?:ironment)?\b|environ\[|process\.env|getenv|\.env\b/i.test(text.replace(/\/\S+/g, ''));
  lines.forEach((line, index) => {
    // A shell's `NAME: not found` speaks of a command.
    if (/^\s+at |^\s*File "|: (?:command )?not found$/.test(line)) return;
    for (const pattern of EXPLICIT) {
      const name = pattern.exec(line)?.[1];
      if (name !== undefined && !NOT_A_VARIABLE.test(name)) names.add(name);
    }
    const before = lines[index - 1] ?? '';
    const item = /^\s*(?:[-*•✗×❌"']|[A-Z][A-Z0-9_]+\b)/.test(line);
    const list = lines.slice(Math.max(0, index - 12), index).findLast((previous) => /:\s*$/.test(previous)) ?? before;
    if (!SAYS_MISSING.test(line) && !(item && (SAYS_MISSING.test(list) || SAYS_MISSING.test(before)))) return;
    if (SAYS_WRONG.test(line)) return;
    for (const [name] of line.matchAll(NAME)) {
      if (NOT_A_VARIABLE.test(name)) continue;
      if (known.has(name) || (environmental && name.includes('_') && SAYS_MISSING.test(line))) names.add(name);
    }
  });
  lines.forEach((line, index) => {
    // pydantic-settings: the field's name, then `Field required` below it
    const field = /^\s*([A-Za-z][A-Za-z0-9_]+)\s*$/.exec(line)?.[1];
    if (field && /^\s+Field required/i.test(lines[index + 1] ?? '')) names.add(field.toUpperCase());
  });
  return [...names];
}

/** The issues that zod and its kin print as JSON: `{ "path": ["NAME"], "message": "Required" }`. */
function fromIssues(text: string): string[] {
  const json = /\[\s*\n\s*\{[\s\S]*?\n\s*\]/.exec(text.slice(text.indexOf('[\n')))?.[0];
  if (json === undefined) return [];
  let issues: unknown;
  try {
    issues = JSON.parse(balanced(text.slice(text.indexOf('[\n'))));
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
  if (!Array.isArray(issues)) return [];
  return issues.flatMap((issue: { path?: unknown; message?: unknown; received?: unknown }) => {
    const name = Array.isArray(issue.path) ? issue.path[0] : undefined;
    const missing = issue.received === 'undefined' || /required|undefined|missing/i.test(String(issue.message));
    return typeof name === 'string' && /^[A-Z][A-Z0-9_]*$/.test(name) && missing ? [name] : [];
  });
}

/** The JSON array that starts the text, to its closing bracket. */
function balanced(text: string): string {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"' && text[at - 1] !== '\\') quoted = !quoted;
    if (quoted) continue;
    if (character === '[' || character === '{') depth++;
    if ((character === ']' || character === '}') && --depth === 0) return text.slice(0, at + 1);
  }
  return text;
}

/** Whether two names differ by a slip: one or two letters, or the order of their parts. */
export function isSimilarName(a: string, b: string): boolean {
  if (a === b) return false;
  const parts = (name: string): string => name.split(/[_-]/).sort().join('_').toUpperCase();
  if (parts(a) === parts(b) || a.replaceAll('_', '') === b.replaceAll('_', '')) return true;
  const longest = Math.max(a.length, b.length);
  return longest > 4 && distance(a.toUpperCase(), b.toUpperCase()) <= (longest > 8 ? 2 : 1);
}

/** Edit distance with transpositions. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      (rows[i] as number[])[j] = best;
    }
  return at(a.length, b.length);
}
