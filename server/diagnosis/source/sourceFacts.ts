import path from 'node:path';
import type { EnvReference } from './envReference.ts';
import { envReferencesIn } from './envReference.ts';
import { type LiteralPort, type LiteralUrl, literalPortsIn, literalUrlsIn } from './literalAddress.ts';

/** What the workspace's own code and configuration tell, read as text; nothing is executed. */
export interface SourceFacts {
  envReferences: EnvReference[];
  ports: LiteralPort[];
  urls: LiteralUrl[];
  /** Words in upper case that occur in any source or configuration file, for "is this variable used at all?". */
  words: ReadonlySet<string>;
  /** Files that were read, shallow ones first. */
  files: readonly string[];
  /** Text of a file that was read; undefined when it was not. */
  textOf(file: string): string | undefined;
  /** Lines of a file that was read, for evidence; undefined when it was not. */
  lineOf(file: string, line: number): string | undefined;
  /** Some code or manifest names a loader of env files (dotenv, django-environ, pydantic-settings …). */
  loadsEnvFiles: boolean;
  /** Not every source file was read. */
  truncated: boolean;
}

const SOURCE = /\.(?:[cm]?[jt]sx?|py|go|rb|ru|rake|rs|java|kt|php|cs|exs?|sh|bash|pl|pm|psgi|prisma)$/;
const CONFIG =
  /(?:\.(?:ya?ml|toml|ini|conf|cfg|properties|json)|(?:^|\/)(?:Procfile|Dockerfile|Makefile|justfile)[\w.-]*)$/;
/** Not the service's own code: tests, documentation, samples, lock files, declarations. */
const FOREIGN =
  /(?:^|\/)(?:tests?|__tests__|spec|specs|e2e|docs?|examples?|samples?|fixtures?|mocks?|scripts?\/dev|\.github|\.vscode)\/|(?:\.|_|-)(?:test|spec|stories)\.\w+$|\.d\.[cm]?ts$|(?:^|\/)test_\w+\.py$|lock\.(?:json|yaml)$|(?:^|\/)(?:package-lock|tsconfig)[\w.-]*\.json$|\.min\.js$/;

const LOADER =
  /dotenv|loadEnvFile|django-environ|environ\.Env|decouple|env_file\s*=|godotenv|dotenvy|read_env|\.env['"]|--env-file/i;

const MAX_FILES = 400;
const MAX_BYTES = 128 * 1024;

export function isServiceSource(file: string): boolean {
  return (SOURCE.test(file) || CONFIG.test(file)) && !FOREIGN.test(file);
}

/** @param read text of a file, undefined when it cannot be read as text */
export async function readSourceFacts(
  files: readonly string[],
  read: (file: string, maxBytes: number) => Promise<string | undefined>,
): Promise<SourceFacts> {
  // Shallow files first: entry points and configuration lie near the top.
  const candidates = files
    .filter(isServiceSource)
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
  const chosen = candidates.slice(0, MAX_FILES);
  const texts = new Map<string, string>();
  await Promise.all(
    chosen.map(async (file) => {
      const text = await read(file, MAX_BYTES);
      if (text !== undefined) texts.set(file, text);
    }),
  );
  const facts = { envReferences: [] as EnvReference[], ports: [] as LiteralPort[], urls: [] as LiteralUrl[] };
  const words = new Set<string>();
  let loadsEnvFiles = false;
  for (const file of chosen) {
    const text = texts.get(file);
    if (text === undefined) continue;
    facts.envReferences.push(...envReferencesIn(file, text));
    if (LOADER.test(text)) loadsEnvFiles = true;
    if (SOURCE.test(file) || /application[\w-]*\.(?:properties|ya?ml)$/.test(file))
      facts.ports.push(...literalPortsIn(file, text));
    facts.urls.push(...literalUrlsIn(file, text));
    for (const [word] of text.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b/g)) words.add(word);
    // pydantic and Spring read DATABASE_URL through a field named database_url or databaseUrl.
    if (/BaseSettings|@Value|@ConfigurationProperties/.test(text))
      for (const [word] of text.matchAll(/\b[a-z]+(?:_[a-z0-9]+)+\b/g)) words.add(word.toUpperCase());
  }
  return {
    ...facts,
    words,
    loadsEnvFiles,
    truncated: candidates.length > chosen.length,
    files: chosen.filter((file) => texts.has(file)),
    textOf: (file) => texts.get(path.posix.normalize(file)),
    lineOf: (file, line) => texts.get(path.posix.normalize(file))?.split(/\r?\n/)[line - 1],
  };
}
