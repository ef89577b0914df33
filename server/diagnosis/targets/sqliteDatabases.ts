import path from 'node:path';
import type { SourceLine } from '../../systems/compose/compose.ts';
import { type AddressContext, isInFolder, isUsed } from './addressVariables.ts';
import { expandValue } from './parseConnectionUrl.ts';

/** A database file that a service's variables or code name. */
export interface SqliteDatabase {
  /** Relative to the workspace, or absolute. */
  file: string;
  variable: string | undefined;
  at: SourceLine;
}

/** A path that a template or code completes later. */
const INCOMPLETE = /\$\{|\{\w*\}|%[sd]|[<>*?"']|^:/;
const DATABASE_FILE = /^[\w./~ @+-]{1,250}\.(?:sqlite3?|sqlitedb|db3?)$/i;
const NAMES_DATABASE = /(?:^|_)(?:DB|DATABASE|SQLITE)(?:_|$)|(?:DB|DATABASE|SQLITE)(?:_?(?:PATH|FILE|URL|NAME))?$/i;
/** Opens of the usual clients with a literal; group 1 is the path. */
const OPENS: readonly RegExp[] = [
  // better-sqlite3, node-sqlite3, node:sqlite
  /\bnew\s+(?:\w+\.)?(?:Database|DatabaseSync|BetterSqlite3|Sqlite3?)\(\s*["'`]([^"'`]{1,250})["'`]/,
  /\b(?:aio)?sqlite3?\.connect\(\s*["']([^"']{1,250})["']/,
  /\bsql\.Open\(\s*"sqlite3?"\s*,\s*"([^"]{1,250})"/,
  /\bSQLite3::Database\.new\(?\s*["']([^"']{1,250})["']/,
  // knex, sequelize, typeorm, Django
  /\b(?:filename|storage|database)\s*:\s*["'`]([^"'`]{1,250}\.(?:sqlite3?|db3?))["'`]/,
  /["']NAME["']\s*:\s*(?:BASE_DIR\s*\/\s*|os\.path\.join\(\s*BASE_DIR\s*,\s*)?["']([^"']{1,250}\.(?:sqlite3?|db3?))["']/,
  // SQLAlchemy and others
  /["'`]((?:jdbc:)?sqlite3?(?:\+\w+)?:[^"'`\s]{1,250})["'`]/,
];
const COMMENT = /^\s*(?:\/\/|#|\*|\/\*|--)/;
const CODE = /\.(?:[cm]?[jt]sx?|py|go|rb|rs|php|ya?ml|toml|ini|cfg)$/;
const NOT_READ = /(?:^|[/._-])(?:tests?|spec|e2e|example|sample|conftest|fixtures?|alembic)(?=[/._-])/i;
const MAX_DATABASES = 8;

/** The SQLite files of one service. What runs in a container has its files there. */
export function sqliteDatabasesOf(context: AddressContext): SqliteDatabase[] {
  const { service, source } = context;
  const files = source.files.filter((file) => isInFolder(file, service.folder) && !NOT_READ.test(file));
  if (service.compose || !files.some((file) => /sqlite|\bprisma\b/i.test(source.textOf(file) ?? ''))) return [];
  const found = new Map<string, SqliteDatabase>();
  const add = (written: string, variable: string | undefined, at: SourceLine): void => {
    const file = fileOf(written, context);
    if (file !== undefined && !found.has(file) && found.size < MAX_DATABASES) found.set(file, { file, variable, at });
  };
  for (const variable of service.environment) {
    const value = isUsed(variable, context) ? expandValue(variable.value, context.lookup)?.trim() : undefined;
    if (value && isDatabase(variable.name, value)) add(value, variable.name, variable.at);
  }
  for (const { name, fallback, file, line } of source.envReferences) {
    if (fallback === undefined || !isInFolder(file, service.folder) || context.lookup(name) !== fallback) continue;
    if (isDatabase(name, fallback)) add(fallback, name, { file, line });
  }
  const isGiven = found.size > 0;
  for (const file of files.filter((each) => CODE.test(each))) {
    for (const [index, line] of (source.textOf(file) ?? '').split(/\r?\n/).entries()) {
      if (line.length > 1_000 || COMMENT.test(line) || !/sqlite|database|\.db\b|storage|filename/i.test(line)) continue;
      // A literal beside a variable is what is used without it.
      if (isGiven && source.envReferences.some((each) => each.file === file && each.line === index + 1)) continue;
      const literal = OPENS.map((pattern) => pattern.exec(line)?.[1]).find((each) => each !== undefined);
      if (literal !== undefined) add(literal, undefined, { file, line: index + 1 });
    }
  }
  return [...found.values()];
}

function isDatabase(name: string, value: string): boolean {
  if (/^(?:jdbc:)?sqlite3?(?:\+\w+)?:/i.test(value)) return true;
  if (/^file:/.test(value)) return DATABASE_FILE.test(value.slice('file:'.length).split('?')[0] ?? '');
  return DATABASE_FILE.test(value) && (NAMES_DATABASE.test(name) || /\.sqlite3?$/i.test(value));
}

/** The file behind a URL or a path, relative to the workspace where it is; undefined for a database in memory. */
function fileOf(written: string, { service, source }: AddressContext): string | undefined {
  const url = /^(?:jdbc:)?sqlite3?(?:\+\w+)?:(?:\/\/)?(.*)$/i.exec(written);
  const isPrisma = /^file:/.test(written);
  const plain = (url?.[1] ?? (isPrisma ? written.slice('file:'.length) : written)).split('?', 1)[0] ?? '';
  if (plain === '' || plain.includes(':memory:') || /[?&]mode=memory/.test(written) || INCOMPLETE.test(plain))
    return undefined;
  const place = url
    ? withoutLeadingSlash(
        plain,
        source.files.some((file) => file.endsWith('.py')),
      )
    : plain;
  if (place.startsWith('/')) return path.posix.normalize(place);
  const schema = isPrisma ? source.files.find((file) => file.endsWith('.prisma')) : undefined;
  const folder = schema === undefined ? service.folder : path.posix.dirname(schema);
  const file = path.posix.join(folder, place);
  return file.startsWith('..') ? undefined : file;
}

/** In `sqlite:///app.db` Python counts the third slash to the separator; others take the path for an absolute one where it looks like that. */
function withoutLeadingSlash(place: string, isPython: boolean): string {
  if (place.startsWith('//')) return place.slice(1);
  const isRooted = /^\/(?:tmp|var|home|data|app|usr|opt|srv|root|mnt|media|Users|run|workspaces?)\//.test(place);
  return place.startsWith('/') && (isPython || !isRooted) ? place.slice(1) : place;
}
