import path from 'node:path';

/** Lockfiles of package managers, in the order in which the first one present counts. */
export const LOCK_FILES: readonly string[] = [
  'package-lock.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'poetry.lock',
  'uv.lock',
  'Pipfile.lock',
  'Gemfile.lock',
  'go.sum',
  'composer.lock',
];

/** How each lockfile begins the entry of a package; `NAME` stands for it. Python's names count `-` and `_` as one. */
const ENTRIES: Readonly<Record<string, readonly [language: 'node' | 'python', pattern: string]>> = {
  'package-lock.json': ['node', String.raw`"(?:node_modules/)?NAME"\s*:\s*[{"]`],
  'yarn.lock': ['node', '^"?NAME@'],
  'pnpm-lock.yaml': ['node', String.raw`^\s+['"]?/?NAME(?:['"]?:|[@/])`],
  'poetry.lock': ['python', '^name = "NAME"'],
  'uv.lock': ['python', '^name = "NAME"'],
  'Pipfile.lock': ['python', String.raw`"NAME"\s*:`],
};

/** Whether a lockfile has no entry of a package; false also for lockfiles of other languages and of unknown form. */
export function lacksPackage(lockFile: string, text: string, language: string, name: string): boolean {
  const [of, pattern] = ENTRIES[path.posix.basename(lockFile)] ?? [];
  if (pattern === undefined || of !== language) return false;
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const written = language === 'python' ? escaped.replace(/[_-]/g, '[_-]') : escaped;
  return !new RegExp(
    pattern.replace('NAME', () => written),
    'im',
  ).test(text);
}
