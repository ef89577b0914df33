import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Files } from '../files/files.ts';
import type { ComposeProblem, MissingVariable } from './compose.ts';
import { folderOf, insideWorkspace, resolveWritten } from './composePaths.ts';
import { type ComposeMap, type ComposeNode, isNull, itemsOf, mapTexts, textOf, valueAt } from './composeTree.ts';
import { interpolate } from './interpolate.ts';
import { mergeMaps, normalizeService } from './mergeServices.ts';
import { parseComposeYaml } from './parseComposeYaml.ts';
import { readComposeEnv } from './readComposeEnv.ts';

const TOP_LEVEL_KEYS = new Set([
  ...['name', 'version', 'services', 'networks', 'volumes', 'secrets', 'configs', 'include', 'models'],
]);
/** Files that extend or include each other deeper than this do so in a circle. */
const MAX_DEPTH = 8;
/** Larger ones are written by programs, for programs. */
const MAX_BYTES = 512 * 1024;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Loads the files of one compose project into merged, interpolated services. One instance loads one project and collects
 * what is wrong with it. Files outside the workspace are never read; what they would add is not known then.
 */
export class ProjectLoader {
  readonly problems: ComposeProblem[] = [];
  readonly missing = new Map<string, MissingVariable>();
  /** Services that take something from a file outside the workspace, so that nothing can be said to be missing in them. */
  readonly incomplete = new Set<string>();
  /** Networks and volumes that the files define at their top level. */
  readonly defined = { networks: new Set<string>(['default']), volumes: new Set<string>() };
  /** A file outside the workspace is included: it may define more. */
  includesOutside = false;
  /** A file is no valid YAML: what its services seem to lack may stand in the part that was lost. */
  hasSyntaxErrors = false;
  #envOutside = false;
  readonly #files: Files;
  readonly #workspace: string;
  readonly #shell: Environment;
  readonly #signal: AbortSignal;

  constructor(files: Files, workspace: string, shell: Environment, signal: AbortSignal) {
    this.#files = files;
    this.#workspace = workspace;
    this.#shell = shell;
    this.#signal = signal;
  }

  /** `.env` of a folder as compose reads it; empty when there is none. */
  async readEnv(folder: string): Promise<Map<string, string>> {
    const file = path.posix.join(folder, '.env');
    // What it defines is then not known, so that no variable can be said to be missing.
    this.#envOutside ||= await this.#leadsOutside(file);
    const text = await this.#read(file);
    return text === undefined ? new Map() : readComposeEnv(text, this.#shell);
  }

  /** The services of several files, later ones merged over earlier ones. `base`: folder of relative paths. */
  async load(files: readonly string[], base: string, depth = 0): Promise<Map<string, ComposeMap>> {
    const env = await this.readEnv(base);
    const services = new Map<string, ComposeMap>();
    for (const file of files) {
      const root = await this.#loadFile(file, base, env);
      for (const [name, service] of await this.#includedServices(root, depth)) services.set(name, service);
      for (const kind of ['networks', 'volumes'] as const) {
        const section = valueAt(root, kind);
        if (section?.kind === 'map') for (const name of section.entries.keys()) this.defined[kind].add(name);
      }
      for (const name of servicesOf(root)?.entries.keys() ?? []) {
        const service = await this.#resolveService(root, name, env, [file]);
        const earlier = services.get(name);
        if (service !== undefined) services.set(name, earlier === undefined ? service : mergeMaps(earlier, service));
      }
    }
    return services;
  }

  async #loadFile(file: string, base: string, env: Map<string, string>): Promise<ComposeNode | undefined> {
    const text = await this.#read(file);
    if (text === undefined) {
      const state = await this.#files.state(path.join(this.#workspace, file));
      // Compose reads it nevertheless; what it defines is not known here.
      if (state.kind === 'file' && state.size > MAX_BYTES) this.includesOutside = true;
      else this.#report('The file cannot be read as text', file);
      return undefined;
    }
    const { root, problems } = await parseComposeYaml(text, file, base);
    this.problems.push(...problems);
    this.hasSyntaxErrors ||= problems.length > 0;
    if (root === undefined || root.kind !== 'map') {
      if (problems.length === 0) this.#report('The file holds no mapping, so it is no compose file', file);
      return undefined;
    }
    for (const [key, { keyAt }] of root.entries) {
      if (!TOP_LEVEL_KEYS.has(key) && !key.startsWith('x-')) {
        this.problems.push({ message: `'${key}' is not allowed at the top level of a compose file`, at: keyAt });
      }
    }
    const services = valueAt(root, 'services');
    if (services !== undefined && services.kind !== 'map' && !isNull(services)) {
      this.problems.push({ message: 'services must be a mapping', at: services.at });
    }
    return this.#interpolate(root, env);
  }

  #interpolate(root: ComposeMap, env: Map<string, string>): ComposeNode {
    const reported = new Set<string>();
    return mapTexts(root, ({ at }, text) => {
      const result = interpolate(text, (name) => this.#shell[name] ?? env.get(name));
      for (const missing of this.#envOutside ? [] : result.missing)
        this.missing.set(`${missing.name} ${at.file}:${at.line}`, { ...missing, at });
      // A value that several services share by an anchor is wrong once.
      if (result.invalid && !reported.has(`${at.line} ${text}`)) {
        reported.add(`${at.line} ${text}`);
        this.problems.push({ message: "'$' starts no variable here; write '$$' for a dollar sign", at });
      }
      return result.text;
    });
  }

  /** One service of a file with what it extends. `trail`: files and services on the way here, to end circles. */
  async #resolveService(
    root: ComposeNode | undefined,
    name: string,
    env: Map<string, string>,
    trail: readonly string[],
  ): Promise<ComposeMap | undefined> {
    const entry = servicesOf(root)?.entries.get(name);
    if (entry === undefined) return undefined;
    if (entry.value.kind !== 'map') {
      this.problems.push({ message: `services.${name} must be a mapping`, at: entry.keyAt });
      return undefined;
    }
    // A service stands where its name is written; the mapping starts a line further down.
    const own = normalizeService({ ...entry.value, at: entry.keyAt });
    const extension = valueAt(own, 'extends');
    const parentName = textOf(extension) ?? textOf(valueAt(extension, 'service'));
    if (extension === undefined || parentName === undefined) return own;
    const written = textOf(valueAt(extension, 'file'));
    const parentFile =
      written === undefined ? entry.keyAt.file : resolveWritten(written, extension.base, this.#workspace, undefined);
    const step = `${parentFile} ${parentName}`;
    if (trail.includes(step) || trail.length > MAX_DEPTH || step === `${entry.keyAt.file} ${name}`) {
      this.problems.push({ message: `services.${name} extends itself in a circle`, at: extension.at });
      return own;
    }
    if (await this.#leadsOutside(parentFile)) {
      this.incomplete.add(name);
      return own;
    }
    const parentRoot = written === undefined ? root : await this.#loadFile(parentFile, folderOf(parentFile), env);
    const parent = await this.#resolveService(parentRoot, parentName, env, [...trail, step]);
    if (parent === undefined) {
      this.problems.push({
        message: `services.${name} extends '${parentName}', which ${parentFile} does not define`,
        at: extension.at,
      });
      return own;
    }
    return { ...mergeMaps(parent, own), at: own.at };
  }

  async #includedServices(root: ComposeNode | undefined, depth: number): Promise<Map<string, ComposeMap>> {
    const services = new Map<string, ComposeMap>();
    if (depth >= MAX_DEPTH) return services;
    for (const item of itemsOf(valueAt(root, 'include'))) {
      const written = itemsOf(valueAt(item, 'path') ?? item).flatMap((each) => textOf(each) ?? []);
      const paths = written.map((each) => resolveWritten(each, item.base, this.#workspace, undefined));
      const [first] = paths;
      const outside = await Promise.all(paths.map((each) => this.#leadsOutside(each)));
      if (first === undefined || outside.includes(true)) {
        this.includesOutside = true;
        continue;
      }
      const folder = textOf(valueAt(item, 'project_directory'));
      const base =
        folder === undefined ? folderOf(first) : resolveWritten(folder, item.base, this.#workspace, undefined);
      if (path.isAbsolute(base)) {
        this.includesOutside = true;
        continue;
      }
      for (const [name, service] of await this.load(paths, base, depth + 1)) services.set(name, service);
    }
    return services;
  }

  async #read(file: string): Promise<string | undefined> {
    if (await this.#leadsOutside(file)) return undefined;
    return this.#files.readText(path.join(this.#workspace, file), { signal: this.#signal, maxBytes: MAX_BYTES });
  }

  /** Written so, or by a link: the file itself may be one, and so may a folder on the way. */
  async #leadsOutside(file: string): Promise<boolean> {
    if (path.isAbsolute(file)) return true;
    const real = await realpath(path.join(this.#workspace, file)).catch(() => undefined);
    return real !== undefined && insideWorkspace(real, await realpath(this.#workspace)) === undefined;
  }

  #report(message: string, file: string): void {
    this.problems.push({ message, at: { file, line: 1 } });
  }
}

function servicesOf(root: ComposeNode | undefined): ComposeMap | undefined {
  const services = valueAt(root, 'services');
  return services?.kind === 'map' ? services : undefined;
}
