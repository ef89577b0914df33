import path from 'node:path';
import type { SourceLine } from '../../systems/compose/compose.ts';
import type { RuntimeName } from '../../systems/runtimes/runtimes.ts';
import { admits, majorOf } from './versionRange.ts';

/** A version that the project asks for, with the place that says so. */
export interface DeclaredVersion {
  runtime: RuntimeName;
  /** As written. */
  range: string;
  at: SourceLine;
  /** Undefined when the requirement is not understood. */
  admits(version: string): boolean | undefined;
}

interface Rule {
  file: RegExp;
  runtime: RuntimeName;
  /** Group 1 is the requirement; the first line that matches counts. */
  line: RegExp;
  admits(range: string, version: string): boolean | undefined;
}

const byMajor = (range: string, version: string): boolean | undefined =>
  /^v?\d/.test(range) ? majorOf(range) === majorOf(version) : undefined;
const asPrefix = (range: string, version: string): boolean | undefined => admits(range, version, 'prefix');
const asNpm = (range: string, version: string): boolean | undefined => admits(range, version, 'npm');
const asPython = (range: string, version: string): boolean | undefined => admits(range, version, 'python');
const asMinimum = (range: string, version: string): boolean | undefined => admits(range, version, 'minimum');

const RULES: readonly Rule[] = [
  { file: /^package\.json$/, runtime: 'node', line: /^\s*"node"\s*:\s*"([^"]{1,200})"/, admits: asNpm },
  {
    file: /^package\.json$/,
    runtime: 'node',
    line: /"engines"\s*:\s*\{[^}]{0,300}"node"\s*:\s*"([^"]{1,200})"/,
    admits: asNpm,
  },
  { file: /^\.(?:nvmrc|node-version)$/, runtime: 'node', line: /^\s*(v?[\w./*-]{1,40})\s*$/, admits: byMajor },
  { file: /^\.tool-versions$/, runtime: 'node', line: /^nodejs\s+(\S{1,40})/, admits: byMajor },
  { file: /^\.tool-versions$/, runtime: 'python', line: /^python\s+(\S{1,40})/, admits: asPrefix },
  { file: /^\.tool-versions$/, runtime: 'java', line: /^java\s+\D{0,30}(\d[\d.]{0,20})/, admits: byMajor },
  { file: /^\.tool-versions$/, runtime: 'go', line: /^golang\s+(\S{1,40})/, admits: asPrefix },
  { file: /^\.tool-versions$/, runtime: 'ruby', line: /^ruby\s+(\S{1,40})/, admits: asPrefix },
  { file: /^\.python-version$/, runtime: 'python', line: /^\s*(\d[\d.]{0,20})\s*$/, admits: asPrefix },
  { file: /^runtime\.txt$/, runtime: 'python', line: /^python-(\d[\d.]{0,20})/, admits: asPrefix },
  {
    file: /^pyproject\.toml$/,
    runtime: 'python',
    line: /^\s*(?:requires-python|python)\s*=\s*["']([^"']{1,200})["']/,
    admits: asPython,
  },
  { file: /^setup\.cfg$/, runtime: 'python', line: /^\s*python_requires\s*=\s*(\S.{0,200})$/, admits: asPython },
  {
    file: /^Pipfile$/,
    runtime: 'python',
    line: /^\s*python_(?:full_)?version\s*=\s*["']([^"']{1,40})["']/,
    admits: asPrefix,
  },
  { file: /^go\.mod$/, runtime: 'go', line: /^go\s+(\d[\d.]{0,20})/, admits: asMinimum },
  {
    file: /^pom\.xml$/,
    runtime: 'java',
    line: /<(?:java\.version|maven\.compiler\.(?:release|target)|release)>\s*(?:1\.)?(\d{1,3})\s*</,
    admits: asMinimum,
  },
  {
    file: /^build\.gradle(?:\.kts)?$/,
    runtime: 'java',
    line: /(?:JavaLanguageVersion\.of\(|(?:source|target)Compatibility\s*=\s*(?:JavaVersion\.VERSION_)?["']?)(?:1[._])?(\d{1,3})/,
    admits: asMinimum,
  },
  {
    file: /^rust-toolchain(?:\.toml)?$/,
    runtime: 'rust',
    line: /^\s*(?:channel\s*=\s*")?(\d[\d.]{0,20})/,
    admits: asPrefix,
  },
  { file: /^Cargo\.toml$/, runtime: 'rust', line: /^\s*rust-version\s*=\s*"(\d[\d.]{0,20})"/, admits: asMinimum },
  { file: /^\.ruby-version$/, runtime: 'ruby', line: /^\s*(?:ruby-)?(\d[\d.]{0,20})/, admits: asPrefix },
  { file: /^Gemfile$/, runtime: 'ruby', line: /^\s*ruby\s+["']([^"']{1,60})["']/, admits: asPython },
];

/** What the folder of a service, else the root of the workspace, asks of one runtime. */
export async function declaredVersions(
  runtime: RuntimeName,
  folder: string,
  files: readonly string[],
  read: (file: string) => Promise<string | undefined>,
): Promise<DeclaredVersion[]> {
  for (const place of new Set([folder, ''])) {
    const found: DeclaredVersion[] = [];
    for (const file of files.filter((each) => path.posix.dirname(each) === (place === '' ? '.' : place))) {
      const rules = RULES.filter((rule) => rule.runtime === runtime && rule.file.test(path.posix.basename(file)));
      if (rules.length === 0) continue;
      const lines = ((await read(file)) ?? '').split(/\r?\n/);
      for (const rule of rules) {
        const index = lines.findIndex((line) => rule.line.test(line.slice(0, 2_000)));
        const range = rule.line.exec((lines[index] ?? '').slice(0, 2_000))?.[1];
        if (range === undefined || found.some(({ at }) => at.file === file)) continue;
        found.push({ runtime, range, at: { file, line: index + 1 }, admits: (version) => rule.admits(range, version) });
      }
    }
    if (found.length > 0) return found;
  }
  return [];
}
