import path from 'node:path';
import type { MigrationTool } from '../../systems/postgres/postgres.ts';

/** One migration of the workspace: its name as the tool notes it, and its file. */
export interface Migration {
  name: string;
  file: string;
}

/** A folder in which one tool keeps migrations, in their order. */
export interface MigrationFolder {
  tool: MigrationTool;
  folder: string;
  migrations: Migration[];
}

interface Shape {
  tool: MigrationTool;
  file: RegExp;
  /** The folder and the name that the tool notes, from the groups of `file`. */
  read(groups: readonly string[]): [folder: string, name: string];
  /** Some file or package of the workspace must show that the tool is used. */
  sign?: (files: readonly string[], packages: ReadonlySet<string>) => boolean;
}

const numbered = String.raw`((?:.*\/)?migrations)\/(\d{3,}[-_][\w.-]+?)\.(?:[cm]?[jt]s|sql)$`;
/** Shapes that more than one tool has are told apart by the packages. */
const SHAPES: readonly Shape[] = [
  {
    tool: 'prisma',
    file: /^((?:.*\/)?prisma\/migrations)\/([\w-]+)\/migration\.sql$/,
    read: ([folder = '', name = '']) => [folder, name],
  },
  {
    tool: 'django',
    file: /^((?:.*\/)?(\w+)\/migrations)\/(\d{4}_\w+)\.py$/,
    read: ([folder = '', app = '', name = '']) => [folder, `${app}/${name}`],
    sign: (files) => files.some((file) => /(?:^|\/)manage\.py$/.test(file)),
  },
  {
    tool: 'flyway',
    file: /^((?:.*\/)?db\/migration)\/(V[\d._]+__[\w.-]+\.sql)$/,
    read: ([folder = '', name = '']) => [folder, name],
  },
  {
    tool: 'rails',
    file: /^((?:.*\/)?db\/migrate)\/(\d{14})_\w+\.rb$/,
    read: ([folder = '', name = '']) => [folder, name],
  },
  {
    tool: 'golang-migrate',
    file: /^((?:.*\/)?migrations?)\/(\d{1,17})_[\w.-]+\.up\.sql$/,
    read: ([folder = '', name = '']) => [folder, String(Number(name))],
  },
  ...(['knex', 'sequelize', 'node-pg-migrate'] as const).map(
    (tool): Shape => ({
      tool,
      file: new RegExp(`^${numbered}`),
      read: ([folder = '', name = '']) => [folder, name],
      sign: (_, packages) => packages.has(tool) || packages.has(`${tool}-cli`),
    }),
  ),
];

/** @param packages names in the workspace's package.json files */
export function migrationFolders(files: readonly string[], packages: ReadonlySet<string>): MigrationFolder[] {
  const found = new Map<string, MigrationFolder>();
  for (const { tool, file: pattern, read, sign } of SHAPES) {
    if (sign?.(files, packages) === false) continue;
    for (const file of files) {
      const match = pattern.exec(file);
      if (!match || (tool !== 'golang-migrate' && file.endsWith('.up.sql')) || file.endsWith('.down.sql')) continue;
      const [folder, name] = read(match.slice(1));
      // Django notes all of its apps in one table.
      const key = tool === 'django' ? tool : `${tool} ${folder}`;
      const known = found.get(key) ?? { tool, folder, migrations: [] };
      known.migrations.push({ name, file });
      found.set(key, known);
    }
  }
  return [...found.values()];
}

/** Alembic's scripts name each other; drizzle's journal names its files. Both must be read. */
export function isAlembicScript(file: string): boolean {
  return /(?:^|\/)versions\/\w[\w-]*\.py$/.test(file);
}

export function isDrizzleJournal(file: string): boolean {
  return /(?:^|\/)meta\/_journal\.json$/.test(file);
}

export interface AlembicScript extends Migration {
  down: string[];
}

export function parseAlembic(file: string, text: string): AlembicScript | undefined {
  const [, name] = /^revision\s*(?::\s*str\s*)?=\s*['"](\w+)['"]/m.exec(text) ?? [];
  const [, down = ''] = /^down_revision\s*(?::[^=\n]{1,80})?=\s*([^\n]{1,200})/m.exec(text) ?? [];
  return name === undefined
    ? undefined
    : { name, file, down: [...down.matchAll(/['"](\w+)['"]/g)].map(([, id]) => id as string) };
}

/** drizzle notes the time at which a migration was made. */
export function parseDrizzle(file: string, text: string): Migration[] {
  const folder = path.posix.dirname(path.posix.dirname(file));
  const entries = [...text.matchAll(/"when"\s*:\s*(\d{10,16})\s*,\s*"tag"\s*:\s*"([\w-]{1,200})"/g)];
  return entries.map(([, when, tag]) => ({ name: when as string, file: path.posix.join(folder, `${tag}.sql`) }));
}

/** Migrations of a folder that the tool has not noted as applied. */
export function pendingOf(
  { tool, migrations }: MigrationFolder,
  applied: readonly string[],
  scripts: readonly AlembicScript[],
): Migration[] {
  // Both note only where they stand: what lies before is applied.
  if (tool === 'golang-migrate' || tool === 'drizzle') {
    const last = Math.max(-1, ...applied.map(Number));
    return migrations.filter(({ name }) => Number(name) > last);
  }
  const done = new Set(applied.map(stemOf));
  if (tool === 'alembic') {
    const todo = [...done];
    for (let next = todo.pop(); next !== undefined; next = todo.pop())
      for (const down of scripts.find(({ name }) => name === next)?.down ?? [])
        if (!done.has(down)) {
          done.add(down);
          todo.push(down);
        }
  }
  return migrations.filter(({ name }) => !done.has(stemOf(name)));
}

/** knex notes `001_users.js` for what may be `001_users.ts` in the sources. */
function stemOf(name: string): string {
  return name.replace(/^.*\/(?=V\d)/, '').replace(/\.(?:[cm]?[jt]s|sql)$/, '');
}
