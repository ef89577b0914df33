import type { RuntimeName } from '../../systems/runtimes/runtimes.ts';

/** What an error tells of the version of the runtime in which it arose. */
export interface VersionComplaint {
  runtime: RuntimeName;
  /** `stated`: the runtime itself says that the version does not fit; `feature`: the code uses what older versions lack; `syntax`: it may. */
  kind: 'stated' | 'feature' | 'syntax';
  /** What it needs: a version, or a range as written. */
  wanted: string | undefined;
  /** What ran, as far as the error tells. */
  actual: string | undefined;
  /** Continues "it …": `uses node:sqlite`. */
  what: string;
  /** The native addon that was built for another version. */
  addon?: string;
}

const MAX_TEXT = 20_000;

/** NODE_MODULE_VERSION of each release line: https://nodejs.org/en/about/previous-releases and nodejs/node doc/abi_version_registry.json */
const NODE_ABI: Readonly<Record<string, string>> = {
  '83': '14',
  '93': '16',
  '102': '17',
  '108': '18',
  '111': '19',
  '115': '20',
  '120': '21',
  '127': '22',
  '131': '23',
  '137': '24',
  '141': '25',
};

/** What came with which version; the text is what an older one says of it. */
const FEATURES: readonly (readonly [RuntimeName, RegExp, since: string, what: string])[] = [
  ['node', /No such built-in module: node:sqlite|Cannot find module 'node:sqlite'/, '22.5', 'uses node:sqlite'],
  ['node', /No such built-in module: node:sea|Cannot find module 'node:sea'/, '20.12', 'uses node:sea'],
  ['node', /process\.loadEnvFile is not a function/, '20.12', 'uses process.loadEnvFile'],
  ['node', /Promise\.withResolvers is not a function/, '22', 'uses Promise.withResolvers'],
  ['node', /Array\.fromAsync is not a function/, '22', 'uses Array.fromAsync'],
  ['node', /(?:Object|Map)\.groupBy is not a function/, '21', 'uses groupBy'],
  [
    'node',
    /\.(?:isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference) is not a function/,
    '22',
    'uses the new methods of Set',
  ],
  ['node', /Promise\.try is not a function/, '24', 'uses Promise.try'],
  ['node', /RegExp\.escape is not a function/, '24', 'uses RegExp.escape'],
  ['node', /ReferenceError: Temporal is not defined/, '26', 'uses Temporal'],
  ['node', /ReferenceError: WebSocket is not defined/, '22', 'uses the built-in WebSocket'],
  ['node', /ReferenceError: fetch is not defined/, '18', 'uses the built-in fetch'],
  ['node', /bad option: --(?:env-file)\b/, '20.6', 'is started with --env-file'],
  ['node', /bad option: --(?:experimental-strip-types)\b/, '22.6', 'is started with --experimental-strip-types'],
  ['node', /bad option: --permission\b/, '23.5', 'is started with --permission'],
  ['node', /bad option: --watch\b/, '18.11', 'is started with --watch'],
  ['node', /ERR_UNKNOWN_FILE_EXTENSION\]?: Unknown file extension "\.[cm]?ts"/, '22.18', 'is written in TypeScript'],
  ['node', /^\s*(?:await )?using \w+ = [^\n]*\n[^\n]*\n+SyntaxError/m, '24', 'uses the declaration using'],
  ['python', /No module named '?tomllib'?/, '3.11', 'imports tomllib'],
  ['python', /No module named '?zoneinfo'?/, '3.9', 'imports zoneinfo'],
  ['python', /cannot import name '(?:StrEnum|verify)' from 'enum'/, '3.11', 'imports StrEnum'],
  [
    'python',
    /cannot import name '(?:Self|LiteralString|Never|assert_never|NotRequired)' from 'typing'/,
    '3.11',
    'imports new names of typing',
  ],
  ['python', /cannot import name '(?:override|TypeAliasType)' from 'typing'/, '3.12', 'imports new names of typing'],
  [
    'python',
    /cannot import name '(?:TaskGroup|timeout|Runner)' from 'asyncio'|module 'asyncio' has no attribute '(?:TaskGroup|timeout|Runner)'/,
    '3.11',
    'uses asyncio.TaskGroup and its like',
  ],
  ['python', /cannot import name 'UTC' from 'datetime'/, '3.11', 'imports datetime.UTC'],
  [
    'python',
    /unsupported operand type\(s\) for \|: '(?:type|NoneType|_GenericAlias|ABCMeta)' and '(?:type|NoneType|_GenericAlias|ABCMeta)'/,
    '3.10',
    'writes types as X | Y',
  ],
  ['python', /TypeError: 'type' object is not subscriptable/, '3.9', 'writes types as list[X]'],
  ['python', /^ +match [^\n]{1,200}:\n *\^[^\n]*\nSyntaxError/m, '3.10', 'uses match'],
  ['python', /^ +except ?\*[^\n]{0,200}\n[ ~^]*\^[^\n]*\nSyntaxError/m, '3.11', 'uses except*'],
  [
    'python',
    /^ +type \w+(?:\[[^\n\]]{0,100}\])? = [^\n]{1,200}\n[ ~^]*\^[^\n]*\nSyntaxError/m,
    '3.12',
    'uses type aliases',
  ],
  ['python', /^[^\n]{0,200}\bt(["'])[^\n]{0,200}\n[ ~^]*\^[^\n]*\nSyntaxError/m, '3.14', 'uses template strings'],
];

/** What an error says of the version; undefined when it is about something else. */
export function versionComplaintIn(full: string): VersionComplaint | undefined {
  const text = full.length <= MAX_TEXT ? full : `${full.slice(0, MAX_TEXT / 2)}\n${full.slice(-MAX_TEXT / 2)}`;
  const stated = statedIn(text);
  if (stated) return stated;
  const node = nodeVersionIn(text);
  for (const [runtime, pattern, wanted, what] of FEATURES) {
    if (pattern.test(text))
      return { runtime, kind: 'feature', wanted, actual: runtime === 'node' ? node : pythonVersionIn(text), what };
  }
  if (!/\bSyntaxError\b/.test(text) || /JSON/.test(text)) return undefined;
  const what = 'holds code that its runtime cannot parse';
  if (node !== undefined) return { runtime: 'node', kind: 'syntax', wanted: undefined, actual: node, what };
  return /^\s*File "[^"\n]{1,400}\.py", line \d/m.test(text)
    ? { runtime: 'python', kind: 'syntax', wanted: undefined, actual: pythonVersionIn(text), what }
    : undefined;
}

/** The runtime, or its package manager, names both versions. */
function statedIn(text: string): VersionComplaint | undefined {
  const abi = /NODE_MODULE_VERSION (\d{2,3})[\s\S]{1,200}?NODE_MODULE_VERSION (\d{2,3})/.exec(text);
  if (abi) {
    const addon = /node_modules\/((?:@[\w.-]{1,80}\/)?[\w.-]{1,80})\/[^\n]{0,300}\.node\b/.exec(text)?.[1];
    return {
      runtime: 'node',
      kind: 'stated',
      wanted: NODE_ABI[abi[1] as string],
      actual: nodeVersionIn(text) ?? NODE_ABI[abi[2] as string],
      what: `loads ${addon ?? 'a native addon'}, which was built for ${lineText(abi[1])}`,
      ...(addon === undefined ? {} : { addon }),
    };
  }
  const java = /class file version (\d{2,3})(?:\.\d)?[\s\S]{1,160}?up to (\d{2,3})/.exec(text);
  // Class file 45 is Java 1.1; each release since counts one up.
  if (java)
    return {
      runtime: 'java',
      kind: 'stated',
      wanted: `>=${Number(java[1]) - 44}`,
      actual: String(Number(java[2]) - 44),
      what: `was compiled for Java ${Number(java[1]) - 44}`,
    };
  const rules: readonly (readonly [RuntimeName, RegExp])[] = [
    [
      'node',
      /Required: \{[^}\n]{0,200}"node":"([^"\n]{1,80})"[\s\S]{1,300}?Actual:\s+\{[^}\n]{0,200}"node":"v?([\d.]{1,20})"/,
    ],
    ['node', /The engine "node" is incompatible[^\n]{0,200}Expected version "([^"\n]{1,80})"\. Got "v?([\d.]{1,20})"/],
    ['node', /ERR_PNPM_UNSUPPORTED_ENGINE[\s\S]{1,400}?Expected version: ([^\n]{1,80})\nGot: v?([\d.]{1,20})/],
    ['python', /requires a different Python: ([\d.]{1,20}) not in '([^'\n]{1,80})'/],
    ['python', /Current Python version \(([\d.]{1,20})\) is not allowed by the project \(([^)\n]{1,80})\)/],
    ['go', /requires go >= ?([\d.]{1,20}) \(running go ([\d.]{1,20})/],
    ['ruby', /Your Ruby version is ([\d.]{1,20}), but your Gemfile specified ([^\n]{1,60})/],
    ['rust', /requires rustc ([\d.]{1,20}) or newer[\s\S]{1,200}?rustc version is ([\d.]{1,20})/],
  ];
  for (const [runtime, pattern] of rules) {
    const match = pattern.exec(text);
    if (!match?.[1] || !match[2]) continue;
    const reversed = runtime === 'python' || runtime === 'ruby';
    const [wanted, actual] = reversed ? [match[2], match[1]] : [match[1], match[2]];
    const needed = runtime === 'go' || runtime === 'rust' ? `>=${wanted}` : wanted.trim();
    return { runtime, kind: 'stated', wanted: needed, actual, what: `asks for ${NAMES[runtime]} ${needed}` };
  }
  return undefined;
}

export const NAMES: Readonly<Record<RuntimeName, string>> = {
  node: 'Node.js',
  npm: 'npm',
  python: 'Python',
  java: 'Java',
  go: 'Go',
  ruby: 'Ruby',
  rust: 'Rust',
};

function lineText(abi: string | undefined): string {
  const line = NODE_ABI[abi ?? ''];
  return line === undefined ? `NODE_MODULE_VERSION ${abi}` : `Node.js ${line}`;
}

/** Node ends the report of an uncaught error with its version. */
function nodeVersionIn(text: string): string | undefined {
  return /^Node\.js v(\d{1,4}\.\d{1,4}\.\d{1,4})/m.exec(text)?.[1];
}

/** Frames of the library lie in a folder of the version. */
function pythonVersionIn(text: string): string | undefined {
  return /\/python(3\.\d{1,2})\//.exec(text)?.[1];
}
