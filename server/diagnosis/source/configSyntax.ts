import { loadYaml } from '../../runtime/loadYaml.ts';
import { jsonProblem } from './jsonSyntax.ts';
import { problemAt, type SyntaxProblem } from './syntaxProblem.ts';
import { tomlProblem } from './tomlSyntax.ts';
import { xmlProblem } from './xmlSyntax.ts';

/** Configuration that is read here for real. Dialects (json5, jsonc) and env files are other matters. */
export const CONFIG_FILE = /\.(?:json|ya?ml|toml|ini|cfg|properties|xml)$/i;

/**
 * The first place at which a configuration file is not what its ending says; undefined when it can be read.
 * `.cfg` and `.ini` are read as Python and most others do: sections, `key = value`, continuation lines.
 */
export async function configProblem(file: string, text: string): Promise<SyntaxProblem | undefined> {
  const ending = /\.(\w+)$/.exec(file)?.[1]?.toLowerCase();
  if (ending === 'json') return jsonProblem(text);
  if (ending === 'yaml' || ending === 'yml') return yamlProblem(text);
  if (ending === 'toml') return tomlProblem(text);
  if (ending === 'ini' || ending === 'cfg') return iniProblem(text);
  if (ending === 'xml') return xmlProblem(text);
  if (ending === 'properties') return propertiesProblem(text);
  return undefined;
}

async function yamlProblem(text: string): Promise<SyntaxProblem | undefined> {
  // The templates of other tools are no YAML before they are rendered.
  if (/\{\{|\{%/.test(text)) return undefined;
  const yaml = await loadYaml();
  try {
    const documents = yaml.parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent' });
    if (!Array.isArray(documents)) return undefined;
    for (const { errors } of documents) {
      const [first] = errors;
      if (first) return problemAt(text, first.pos[0], first.message);
    }
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return { line: 1, column: 1, message: 'nested too deep' };
    throw error;
  }
}

/** What `configparser` refuses: text ahead of the first section, lines that are neither, names that stand twice. */
function iniProblem(text: string): SyntaxProblem | undefined {
  const seen = new Map<string, Set<string>>();
  let section: Set<string> | undefined;
  for (const [index, written] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const stop = (message: string): SyntaxProblem => ({ line: index + 1, column: written.search(/\S/) + 1, message });
    if (/^\s*(?:[#;].*)?$/.test(written)) continue;
    // A line that is set in goes on with the value above.
    if (/^\s/.test(written) && section !== undefined && section.size > 0) continue;
    if (written.startsWith('[')) {
      const name = /^\[([^\]]+)\]/.exec(written)?.[1];
      if (name === undefined) return stop("the name of the section is not closed with ']'");
      if (seen.has(name)) return stop(`the section [${name}] stands twice`);
      section = new Set();
      seen.set(name, section);
      continue;
    }
    if (section === undefined) return stop('a line ahead of the first [section]');
    const key = /^([^=:]*[^=:\s])\s*[=:]/.exec(written)?.[1]?.toLowerCase();
    if (key === undefined) return stop("neither a [section] nor 'key = value'");
    if (section.has(key)) return stop(`the key ${key} stands twice in its section`);
    section.add(key);
  }
  return undefined;
}

/** Java reads nearly everything as properties, but not a broken `\uXXXX`. */
function propertiesProblem(text: string): SyntaxProblem | undefined {
  const match = /(?:^|[^\\])(?:\\\\)*(\\u(?![\da-fA-F]{4}))/.exec(text);
  return match ? problemAt(text, match.index + match[0].length - 2, 'malformed \\uXXXX escape') : undefined;
}
