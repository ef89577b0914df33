import { loadYaml } from '../../runtime/loadYaml.ts';

/** One value of a configuration file. */
export interface ConfigValue {
  /** As the file nests it: `server.port`. */
  key: string;
  value: string;
  line: number;
}

const MAX_KEYS = 5_000;
/** Keys this short occur in any sentence. */
const MIN_KEY = 3;

/** The value of a file whose key a sentence names: by its full path, else by a last part that only one key of the file has. */
export async function configValueIn(file: string, text: string, sentence: string): Promise<ConfigValue | undefined> {
  const values = /\.(?:json|ya?ml)$/i.test(file) ? await nestedValues(text) : flatValues(text);
  const words = new Set(sentence.match(/[\w-]+(?:\.[\w-]+)*/g) ?? []);
  const named = values.filter(({ key }) => words.has(key) || words.has(key.replace(/\.(\d+)(?=\.|$)/g, '[$1]')));
  if (named.length > 0) return named.sort((a, b) => b.key.length - a.key.length)[0];
  const last = values.filter(({ key }) => {
    const part = key.split('.').at(-1) as string;
    return part.length >= MIN_KEY && new RegExp(`["'\`.]${escapePattern(part)}["'\`:]?`).test(sentence);
  });
  return last.length === 1 ? last[0] : undefined;
}

async function nestedValues(text: string): Promise<ConfigValue[]> {
  const yaml = await loadYaml();
  const counter = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: counter, prettyErrors: false, logLevel: 'silent' });
  const values: ConfigValue[] = [];
  const visit = (node: unknown, path: readonly string[]): void => {
    if (values.length >= MAX_KEYS || path.length > 40) return;
    if (yaml.isMap(node)) {
      for (const { key, value } of node.items) {
        if (!yaml.isScalar(key)) continue;
        const at = [...path, String(key.value)];
        if (yaml.isScalar(value) && value.range)
          values.push({ key: at.join('.'), value: String(value.value), line: counter.linePos(value.range[0]).line });
        else visit(value, at);
      }
    } else if (yaml.isSeq(node)) {
      for (const [index, item] of node.items.entries()) visit(item, [...path, String(index)]);
    }
  };
  visit(document.contents, []);
  return values;
}

/** INI, properties and TOML: `key = value` below `[section]`. */
function flatValues(text: string): ConfigValue[] {
  let section = '';
  return text
    .split(/\r?\n/)
    .slice(0, MAX_KEYS)
    .flatMap((line, index): ConfigValue[] => {
      const header = /^\s*\[+([^\]]+)\]+/.exec(line)?.[1];
      if (header !== undefined) section = `${header.trim()}.`;
      const [, key, value] = /^\s*([\w.-]+)\s*[=:]\s*(.*?)\s*$/.exec(line.slice(0, 2_000)) ?? [];
      if (key === undefined || value === undefined) return [];
      return [{ key: `${section}${key}`, value: value.replace(/^(["'])(.*)\1$/, '$2'), line: index + 1 }];
    });
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
