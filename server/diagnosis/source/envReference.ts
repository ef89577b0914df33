/** One place in a service's own code that reads an environment variable. */
export interface EnvReference {
  name: string;
  file: string;
  /** 1-based. */
  line: number;
  /** The code fails when the variable is unset: it is read without a fallback, or the code itself refuses to go on. */
  required: boolean;
  /** The literal used when it is unset. */
  fallback: string | undefined;
  /** How the value is used, as far as the line tells. */
  use: 'listen' | 'connect' | 'number' | 'url' | 'json' | 'text';
  text: string;
}

interface Form {
  pattern: RegExp;
  languages: RegExp;
  /** Reading it like this throws when it is unset. */
  throws: boolean;
}

const JS = /\.[cm]?[jt]sx?$/;
const PY = /\.py$/;
const GO = /\.go$/;
const RUBY = /\.(?:rb|ru|rake)$/;
const RUST = /\.rs$/;
const SHELL = /\.(?:sh|bash)$/;
const JAVA = /\.(?:java|kt|scala)$/;
const PHP = /\.php$/;
const PERL = /\.(?:pl|pm|psgi)$/;
const CSHARP = /\.cs$/;
const ELIXIR = /\.exs?$/;
const SPRING = /application[\w-]*\.(?:properties|ya?ml)$/;

/** Group 1 is the name; group `fallback`, where there is one, the literal default. */
const FORMS: readonly Form[] = [
  {
    languages: JS,
    throws: false,
    pattern:
      /(?:process\.env|import\.meta\.env|Bun\.env)(?:\.([A-Z][A-Z0-9_]+)|\[\s*['"]([A-Z][A-Z0-9_]+)['"]\s*\])(?:\s*(?:\|\||\?\?)\s*(?<fallback>'[^']*'|"[^"]*"|`[^`$]*`|\d+))?/g,
  },
  {
    languages: JS,
    throws: true,
    pattern:
      /\b(?:require(?:d)?Env\w*|must(?:Get)?(?:Env)?|getRequired\w*|getEnvOrThrow|ensureEnv|envOrThrow|mustEnv|assertEnv|requireEnvironment\w*|Deno\.env\.require)\(\s*['"]([A-Z][A-Z0-9_]+)['"]\s*\)/g,
  },
  { languages: JS, throws: true, pattern: /\bget\(\s*['"]([A-Z][A-Z0-9_]+)['"]\s*\)\s*\.required\(/g },
  { languages: PY, throws: true, pattern: /\b(?:os\.)?environ\[\s*['"]([A-Z][A-Z0-9_]+)['"]\s*\](?!\s*=[^=])/g },
  {
    languages: PY,
    throws: false,
    pattern:
      /\b(?:os\.)?(?:environ\.get|getenv)\(\s*['"]([A-Z][A-Z0-9_]+)['"]\s*(?:,\s*(?<fallback>'[^']*'|"[^"]*"|[\w.]+))?/g,
  },
  {
    languages: PY,
    throws: true,
    pattern:
      /\b(?:env|config)(?:\.(?:str|int|bool|url|db|list|float|json|db_url|cache_url))?\(\s*['"]([A-Z][A-Z0-9_]+)['"]\s*(?:,\s*cast\s*=\s*\w+\s*)?\)/g,
  },
  { languages: GO, throws: false, pattern: /\bos\.(?:Getenv|LookupEnv)\(\s*"([A-Z][A-Z0-9_]+)"\s*\)/g },
  { languages: GO, throws: true, pattern: /\b(?:mustEnv|MustGetenv|mustGetenv|requireEnv)\(\s*"([A-Z][A-Z0-9_]+)"/g },
  { languages: GO, throws: true, pattern: /`[^`]*\benv:"([A-Z][A-Z0-9_]+),(?:required|notEmpty)[^`]*`/g },
  { languages: GO, throws: true, pattern: /`[^`]*\benvconfig:"([A-Z][A-Z0-9_]+)"[^`]*required:"true"[^`]*`/g },
  { languages: RUBY, throws: true, pattern: /\bENV\.fetch\(\s*['"]([A-Z][A-Z0-9_]+)['"]\s*\)(?!\s*(?:\{|do\b))/g },
  {
    languages: RUBY,
    throws: false,
    pattern: /\bENV\[\s*['"]([A-Z][A-Z0-9_]+)['"]\s*\](?:\s*\|\|\s*(?<fallback>'[^']*'|"[^"]*"|\d+))?/g,
  },
  { languages: RUST, throws: true, pattern: /\benv::var\(\s*"([A-Z][A-Z0-9_]+)"\s*\)\s*\.(?:expect|unwrap)\(/g },
  { languages: RUST, throws: false, pattern: /\benv::var\(\s*"([A-Z][A-Z0-9_]+)"\s*\)/g },
  { languages: SHELL, throws: true, pattern: /\$\{([A-Z][A-Z0-9_]+):?\?/g },
  { languages: SHELL, throws: false, pattern: /\$\{?([A-Z][A-Z0-9_]+)\b(?!:?[?])(?::?-(?<fallback>[^}]*))?\}?/g },
  // `const { API_KEY, REGION = 'eu' } = process.env`: each name, by looking ahead to what is taken apart
  {
    languages: JS,
    throws: false,
    pattern:
      /\b([A-Z][A-Z0-9_]+)\b(?:\s*=\s*(?<fallback>'[^']*'|"[^"]*"|\d+))?(?=[^{}=]*(?:=\s*['"\w]+[^{}=]*)*\}\s*=\s*process\.env\b)/g,
  },
  { languages: JAVA, throws: false, pattern: /\bSystem\.getenv\(\s*"([A-Z][A-Z0-9_]+)"\s*\)/g },
  { languages: PHP, throws: false, pattern: /(?:\bgetenv\(\s*|\$_(?:ENV|SERVER)\[\s*)['"]([A-Z][A-Z0-9_]+)['"]/g },
  {
    languages: PERL,
    throws: false,
    pattern: /\$ENV\{\s*['"]?([A-Z][A-Z0-9_]+)['"]?\s*\}(?:\s*\/\/\s*(?<fallback>'[^']*'|"[^"]*"|\d+))?/g,
  },
  { languages: CSHARP, throws: false, pattern: /GetEnvironmentVariable\(\s*"([A-Z][A-Z0-9_]+)"\s*\)/g },
  { languages: ELIXIR, throws: true, pattern: /System\.fetch_env!\(\s*"([A-Z][A-Z0-9_]+)"\s*\)/g },
  { languages: SPRING, throws: true, pattern: /\$\{([A-Z][A-Z0-9_]+)\}/g },
];

const COMMENT = /^\s*(?:\/\/|#|\*|\/\*|--)/;
/** A line close by that stops the program when a value is missing. */
const STOPS =
  /\bthrow\b|process\.exit|sys\.exit|\bexit\(|\braise\b|log\.Fatal|panic\(|\babort\b|die\(|console\.error\([^)]*(?:missing|required|not set)/i;
const CHECK_BEFORE = /\bif\b|\bunless\b|\|\||\?\?|assert|\bor\s+(?:raise|abort)/;
/** Words that give the names of required variables as a list. */
const REQUIRED_LIST = /\b(?:required|mandatory|needed|must)\w*\b.*[[({]/i;

/** Every reference in one source file. `file` is its path relative to the workspace. */
export function envReferencesIn(file: string, text: string): EnvReference[] {
  const forms = FORMS.filter((form) => form.languages.test(file));
  if (forms.length === 0) return [];
  const lines = text.split(/\r?\n/);
  const references: EnvReference[] = [];
  lines.forEach((content, index) => {
    if (COMMENT.test(content)) return;
    for (const form of forms) {
      for (const match of content.matchAll(form.pattern)) {
        const name = match[1] ?? match[2];
        if (!name) continue;
        const fallback = match.groups?.fallback;
        references.push({
          name,
          file,
          line: index + 1,
          required:
            fallback === undefined &&
            !isGuarded(lines, index, form) &&
            (form.throws || stopsWhenUnset(lines, index, name)),
          fallback: fallback?.replace(/^(['"`])(.*)\1$/, '$2'),
          use: useOf(content, name, content.slice(0, match.index)),
          text: content.trim().slice(0, 200),
        });
      }
    }
  });
  if (JS.test(file) || PY.test(file)) references.push(...fromLists(file, lines));
  if (PY.test(file)) references.push(...fromPydantic(file, lines));
  if (JS.test(file)) references.push(...fromSchemas(file, lines));
  return references;
}

/** The read is wrapped so that a missing value is expected: a membership test, `try`, or a default on the same line. */
function isGuarded(lines: readonly string[], index: number, form: Form): boolean {
  const here = lines[index] ?? '';
  if (!form.throws) return false;
  if (
    PY.source === form.languages.source &&
    (/\bin\s+(?:os\.)?environ\b|\bdel\s/.test(here) ||
      /^\s*(?:try:|if .*\bin (?:os\.)?environ)/.test(lines[index - 1] ?? ''))
  )
    return true;
  return /default\s*[=:(]/.test(here);
}

function stopsWhenUnset(lines: readonly string[], index: number, name: string): boolean {
  const here = lines[index] ?? '';
  if (CHECK_BEFORE.test(here) && lines.slice(index, index + 3).some((line) => STOPS.test(line))) return true;
  // `const url = process.env.X` followed by `if (!url) throw`
  const variable =
    /(?:const|let|var)?\s*([A-Za-z_]\w*)\s*(?::=|=)\s*(?:process\.env|os\.getenv|os\.Getenv|os\.environ|ENV\[|env::var)/.exec(
      here,
    )?.[1];
  if (!variable) return false;
  const check = new RegExp(
    String.raw`\b(?:if|unless|assert)\b.*\b(?:${variable}|${name})\b|\b${variable}\b\s*(?:\|\||\?\?)`,
  );
  return lines
    .slice(index + 1, index + 6)
    .some(
      (line, offset) =>
        check.test(line) && lines.slice(index + 1 + offset, index + 4 + offset).some((next) => STOPS.test(next)),
    );
}

function useOf(line: string, name: string, before: string): EnvReference['use'] {
  if (
    /PORT/.test(name) &&
    /listen|\bbind\b|\bserve\b|Server\(|createServer|app\.run|uvicorn\.run|ListenAndServe|run_server|\bport\s*[:=]/i.test(
      line,
    ) &&
    !/connect|Client\(|Pool\(/i.test(line)
  )
    return 'listen';
  if (/(?:JSON\.parse|json\.loads)\(\s*$/.test(before)) return 'json';
  if (/(?:new URL|urlparse|url\.Parse|URI\.parse|Url::parse)\((?:[^()]*,)?\s*$/.test(before)) return 'url';
  if (
    /(?:Number|parseInt|parseFloat|\bint|\bfloat|Atoi|ParseInt|Integer)\(\s*$|\+\s*$/.test(before) &&
    !/['"`]\s*\+\s*$|\w\s*\+\s*$/.test(before)
  )
    return 'number';
  if (
    /connect|createConnection|createClient|Client\(|Pool\(|Redis\(|Sequelize|create_engine|fetch\(|axios|https?:\/\//i.test(
      line,
    )
  )
    return 'connect';
  return 'text';
}

/** `const required = ['A', 'B']` in a file that reads the environment by index and stops. */
function fromLists(file: string, lines: readonly string[]): EnvReference[] {
  const text = lines.join('\n');
  if (
    !/process\.env\[|environ(?:\.get)?[[(]\s*\w+\s*[\])]|in os\.environ|getenv\(\s*\w+\s*\)/.test(text) ||
    !STOPS.test(text)
  )
    return [];
  const found: EnvReference[] = [];
  for (let index = 0; index < lines.length; index++) {
    const here = lines[index] ?? '';
    if (COMMENT.test(here) || !(REQUIRED_LIST.test(here) || /\bfor\b.*\[\s*['"][A-Z]/.test(here))) continue;
    for (let at = index; at < Math.min(lines.length, index + 30); at++) {
      const line = lines[at] ?? '';
      for (const [, name] of line.matchAll(/['"]([A-Z][A-Z0-9_]{2,})['"]/g))
        if (name)
          found.push({
            name,
            file,
            line: at + 1,
            required: true,
            fallback: undefined,
            use: 'text',
            text: line.trim().slice(0, 200),
          });
      if (/[\])}]/.test(line.replace(/\[\s*\]/g, '')) && at >= index) break;
    }
  }
  return found;
}

/** pydantic-settings: a field without a default must be in the environment. */
function fromPydantic(file: string, lines: readonly string[]): EnvReference[] {
  const found: EnvReference[] = [];
  const prefix = /env_prefix\s*[=:]\s*['"](\w*)['"]/.exec(lines.join('\n'))?.[1] ?? '';
  let indent: number | undefined;
  lines.forEach((line, index) => {
    const header = /^(\s*)class \w+\(.*\bBaseSettings\b.*\):/.exec(line);
    if (header) {
      indent = (header[1] ?? '').length;
      return;
    }
    if (indent === undefined || line.trim() === '') return;
    const depth = line.length - line.trimStart().length;
    if (depth <= indent) {
      indent = undefined;
      return;
    }
    const field = /^\s+([a-zA-Z_]\w*)\s*:\s*([\w[\], |.]+?)\s*(?:=\s*(.+))?$/.exec(line);
    if (!field?.[1] || field[1] === 'model_config' || depth > indent + 4) return;
    const optional =
      field[3] !== undefined && !/Field\(\s*(?:\.\.\.|alias|description|min_length|gt|ge)/.test(field[3]);
    found.push({
      name: `${prefix}${field[1]}`.toUpperCase(),
      file,
      line: index + 1,
      required: !optional,
      fallback: undefined,
      use: /int|float/.test(field[2] ?? '') ? 'number' : 'text',
      text: line.trim(),
    });
  });
  return found;
}

/** zod, envalid and joi schemas over the environment: an upper-case key without a default or `.optional()`. */
function fromSchemas(file: string, lines: readonly string[]): EnvReference[] {
  const text = lines.join('\n');
  if (
    !/(?:parse|safeParse|cleanEnv|validate|createEnv)\w*\(\s*(?:process\.env|\{)|process\.env\s*[,)]/.test(text) ||
    !/\bz\.|\bstr\(|[jJ]oi\./.test(text)
  )
    return [];
  const found: EnvReference[] = [];
  lines.forEach((line, index) => {
    const key =
      /^\s*([A-Z][A-Z0-9_]+)\s*:\s*((?:z|joi|Joi)\.[\w.]+\(.*|(?:str|num|port|url|host|email|bool|json)\(.*)$/.exec(
        line,
      );
    if (!key?.[1] || !key[2]) return;
    const rest = `${key[2]}${/^\s*\./.test(lines[index + 1] ?? '') ? lines[index + 1] : ''}`;
    const optional =
      /\.(?:optional|default|catch|nullish|prefault)\(|default\s*:|devDefault\s*:/.test(rest) ||
      (/[jJ]oi\./.test(rest) && !/\.required\(/.test(rest));
    found.push({
      name: key[1],
      file,
      line: index + 1,
      required: !optional,
      fallback: undefined,
      use: /number|port|num\(/.test(rest) ? 'number' : /url/.test(rest) ? 'url' : 'text',
      text: line.trim(),
    });
  });
  return found;
}
