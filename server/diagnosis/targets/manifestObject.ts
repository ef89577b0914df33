import { loadYaml } from '../../runtime/loadYaml.ts';

/** One object of a Kubernetes manifest, as written in the workspace. */
export interface ManifestObject {
  /** Relative to the workspace. */
  file: string;
  /** 1-based line on which the object begins. */
  line: number;
  kind: string;
  name: string;
  /** Undefined when the manifest leaves it to the context. */
  namespace: string | undefined;
  /** The object as plain data; values of Secrets are left out. */
  value: Readonly<Record<string, unknown>>;
  /** 1-based line of a key or item: `['spec', 'selector', 'app']`; undefined when it is not written. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/** Aliases of one document; keeps a file that unfolds without end from doing so. */
const MAX_ALIASES = 200;
/** Objects of one file; generated manifests of operators hold some hundred. */
const MAX_OBJECTS = 300;

/** Whether a text may hold Kubernetes objects. Templates of Helm and the like are none before they are rendered. */
export function isManifest(text: string): boolean {
  return (
    /^[ \t]*["']?apiVersion["']?[ \t]*:/m.test(text) &&
    /^[ \t]*["']?kind["']?[ \t]*:/m.test(text) &&
    !/\{\{|\{%|<%/.test(text)
  );
}

/** The objects of one file; what is no YAML or no object is left out. Never throws for the text's sake. */
export async function readManifest(file: string, text: string): Promise<ManifestObject[]> {
  const yaml = await loadYaml();
  const counter = new yaml.LineCounter();
  let documents: ReturnType<typeof yaml.parseAllDocuments>;
  try {
    documents = yaml.parseAllDocuments(text, { lineCounter: counter, prettyErrors: false, logLevel: 'silent' });
  } catch (error) {
    // Nested deeper than the stack: no manifest that a server would take.
    if (error instanceof RangeError) return [];
    throw error;
  }
  if (!Array.isArray(documents)) return [];
  const objects: ManifestObject[] = [];
  for (const document of documents.slice(0, MAX_OBJECTS)) {
    if (document.errors.length > 0) continue;
    let json: unknown;
    try {
      json = document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (error) {
      if (error instanceof ReferenceError || error instanceof RangeError) continue;
      throw error;
    }
    const lineOf = (path: readonly (string | number)[]): number | undefined => {
      const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
      const last = path.at(-1);
      const node = yaml.isMap(parent)
        ? parent.items.find(({ key }) => yaml.isScalar(key) && key.value === last)?.key
        : yaml.isSeq(parent)
          ? parent.items[Number(last)]
          : undefined;
      const start = yaml.isNode(node) ? node.range?.[0] : undefined;
      return start === undefined ? undefined : Math.max(1, counter.linePos(start).line);
    };
    const list = isRecord(json) && json.kind === 'List' && Array.isArray(json.items) ? json.items : undefined;
    const entries: (readonly [unknown, readonly (string | number)[]])[] = list
      ? list.map((item, index) => [item, ['items', index]] as const)
      : [[json, []] as const];
    for (const [value, prefix] of entries.slice(0, MAX_OBJECTS)) {
      const metadata = isRecord(value) && isRecord(value.metadata) ? value.metadata : undefined;
      if (!isRecord(value) || !metadata || typeof value.kind !== 'string' || typeof metadata.name !== 'string')
        continue;
      objects.push({
        file,
        line: lineOf([...prefix, 'kind']) ?? 1,
        kind: value.kind,
        name: metadata.name,
        namespace: typeof metadata.namespace === 'string' ? metadata.namespace : undefined,
        value: value.kind === 'Secret' ? withoutValues(value) : value,
        lineOf: (path) => lineOf([...prefix, ...path]),
      });
    }
  }
  return objects;
}

/** The value at a path of plain data; undefined where the path leads nowhere. */
export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

/** The strings of a mapping at a path: labels, selectors. */
export function textsAt(value: unknown, path: readonly string[]): Readonly<Record<string, string>> {
  const found = valueAt(value, path);
  if (!isRecord(found)) return {};
  return Object.fromEntries(Object.entries(found).map(([key, each]) => [key, String(each)]));
}

/** Where the pod template of a workload stands. */
export function templatePath(kind: string): readonly string[] {
  if (kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template'];
  return kind === 'Pod' ? [] : ['spec', 'template'];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutValues(secret: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const keys = (name: string): Record<string, string> =>
    Object.fromEntries(Object.keys(textsAt(secret, [name])).map((key) => [key, '']));
  return { ...secret, data: keys('data'), stringData: keys('stringData') };
}
