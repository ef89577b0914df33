import path from 'node:path';
import type { Files } from '../files/files.ts';
import { checkNginx } from './checkNginx.ts';
import type { NginxConfig, NginxPlace, NginxProxy, NginxServer } from './nginx.ts';
import { type Directive, parseNginx } from './parseNginx.ts';

export interface Placed extends Directive {
  file: string;
  block: Placed[] | undefined;
}

const MAX_FILES = 100;
const PASSES: Readonly<Record<string, string>> = {
  proxy_pass: 'proxy',
  fastcgi_pass: 'fastcgi',
  uwsgi_pass: 'uwsgi',
  grpc_pass: 'grpc',
  scgi_pass: 'scgi',
};
const DEFAULT_READ_SECONDS = 60;
/** Files without which nginx does not start; relative ones lie beside the file that it begins with. */
const CERTIFICATES =
  /^(?:(?:(?:proxy|grpc|uwsgi)_)?ssl_(?:certificate|certificate_key|trusted_certificate|client_certificate|crl)|ssl_dhparam)$/;
/** The signs of tools that make the configuration from this file: as it stands it is nobody's. */
const TEMPLATE = /\{\{|\{%|<%|@@[A-Z_]+@@/;

interface Reading {
  workspace: string;
  file: string;
  listed: readonly string[];
  signal: AbortSignal;
}

export async function readConfig(files: Files, reading: Reading): Promise<NginxConfig> {
  const config: NginxConfig = {
    file: reading.file,
    whole: false,
    files: [],
    servers: [],
    problems: [],
    logs: [],
    certificates: [],
  };
  const root = await load(files, reading, reading.file, config, []);
  const isWhole = root.some(({ name }) => name === 'http' || name === 'events' || name === 'stream');
  config.whole = isWhole;
  if (!isWhole) config.problems = config.problems.filter(({ about }) => about === 'text');
  if (config.problems.every(({ about }) => about !== 'text')) config.problems.push(...checkNginx(root, isWhole));
  const scope = isWhole ? root.filter(({ name }) => name === 'http').flatMap(({ block }) => block ?? []) : root;
  const upstreams = new Map(
    scope.filter(({ name }) => name === 'upstream').map((upstream) => [upstream.words[0] ?? '', upstream]),
  );
  for (const server of scope.filter(({ name }) => name === 'server'))
    config.servers.push(readServer(server, scope, upstreams));
  for (const directive of flatten(root)) {
    const { name, words } = directive;
    const [word] = words;
    if (word === undefined || word === '') continue;
    if ((name === 'error_log' || name === 'access_log') && word !== 'off')
      config.logs.push({ kind: name === 'error_log' ? 'error' : 'access', path: word, at: placeOf(directive) });
    if (CERTIFICATES.test(name)) config.certificates.push({ path: word, at: placeOf(directive) });
  }
  return config;
}

/** A file with its includes in their place. A file that includes itself, over whatever detour, is left out the second time. */
async function load(
  files: Files,
  reading: Reading,
  file: string,
  config: NginxConfig,
  above: readonly string[],
): Promise<Placed[]> {
  if (config.files.length >= MAX_FILES) return [];
  config.files.push(file);
  const text = await files.readText(path.join(reading.workspace, file), { signal: reading.signal });
  if (text === undefined || TEMPLATE.test(text)) return [];
  const { directives, problem } = parseNginx(text);
  if (problem) {
    const { message, line, repair } = problem;
    config.problems.push({ message, at: { file, line }, about: 'text', ...(repair ? { repair } : {}) });
  }
  const expand = async (list: readonly Directive[]): Promise<Placed[]> => {
    const placed: Placed[] = [];
    for (const directive of list) {
      if (directive.name !== 'include') {
        placed.push({ ...directive, file, block: directive.block && (await expand(directive.block)) });
        continue;
      }
      const at = { file, line: directive.line };
      const wanted = directive.words[0] ?? '';
      const found = await included(files, reading, wanted);
      if (found === 'outside') continue;
      if (found === 'absent')
        config.problems.push({
          message: `open() "${wanted}" failed (2: No such file or directory)`,
          at,
          about: 'files',
        });
      for (const inner of found === 'absent' ? [] : found) {
        if (inner === file || above.includes(inner)) {
          config.problems.push({ message: `"${inner}" includes itself`, at, about: 'text' });
          continue;
        }
        placed.push(...(await load(files, reading, inner, config, [...above, file])));
      }
    }
    return placed;
  };
  return expand(directives);
}

/** nginx resolves includes against the folder of its first file. Its own files (mime.types) lie outside of the workspace. */
async function included(
  files: Files,
  { workspace, file, listed }: Reading,
  wanted: string,
): Promise<string[] | 'outside' | 'absent'> {
  const absolute = path.resolve(workspace, path.dirname(file), wanted);
  const relative = path.relative(workspace, absolute).split(path.sep).join('/');
  if (relative.startsWith('..') || path.isAbsolute(relative)) return 'outside';
  if (/[*?[]/.test(relative)) {
    const pattern = new RegExp(
      `^${relative
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '[^/]*')
        .replaceAll('?', '[^/]')}$`,
    );
    return listed.filter((name) => pattern.test(name)).sort();
  }
  if (listed.includes(relative)) return [relative];
  // Packages bring these beside the configuration; a workspace that holds only the rest is not wrong.
  if (/^(?:mime\.types|(?:fastcgi|uwsgi|scgi|proxy)_params|fastcgi\.conf)$/.test(path.posix.basename(relative)))
    return 'outside';
  return (await files.state(absolute)).kind === 'absent' ? 'absent' : 'outside';
}

function readServer(server: Placed, scope: readonly Placed[], upstreams: ReadonlyMap<string, Placed>): NginxServer {
  const block = server.block ?? [];
  const listens = block
    .filter(({ name }) => name === 'listen')
    .map((directive) => {
      const { address, port } = splitListen(directive.words[0] ?? '');
      return {
        address,
        port,
        tls: directive.words.includes('ssl') || directive.words.includes('quic'),
        at: placeOf(directive),
      };
    });
  const outer = secondsOf(scope) ?? DEFAULT_READ_SECONDS;
  return {
    at: placeOf(server),
    names: block.filter(({ name }) => name === 'server_name').flatMap(({ words }) => words),
    listens: listens.length > 0 ? listens : [{ address: '', port: 80, tls: false, at: placeOf(server) }],
    proxies: proxiesIn(block, '', secondsOf(block) ?? outer, upstreams),
  };
}

function proxiesIn(
  block: readonly Placed[],
  location: string,
  seconds: number,
  upstreams: ReadonlyMap<string, Placed>,
): NginxProxy[] {
  return block.flatMap((directive): NginxProxy[] => {
    if (directive.block && directive.name !== 'server')
      return proxiesIn(
        directive.block,
        directive.name === 'location' ? (directive.words.at(-1) ?? '') : location,
        secondsOf(directive.block) ?? seconds,
        upstreams,
      );
    const scheme = PASSES[directive.name];
    const url = directive.words[0];
    if (scheme === undefined || url === undefined) return [];
    return [
      {
        at: placeOf(directive),
        location,
        url,
        servers: serversBehind(url, directive, upstreams),
        readTimeoutSeconds: seconds,
      },
    ];
  });
}

function serversBehind(url: string, at: Placed, upstreams: ReadonlyMap<string, Placed>): NginxProxy['servers'] {
  const [, scheme = '', rest = url] = /^(\w+):\/\/(.*)$/.exec(url) ?? [];
  if (rest.startsWith('unix:')) return addressOf(rest, 0, at);
  const authority = rest.replace(/\/.*$/, '');
  if (authority.includes('$')) return [];
  const upstream = upstreams.get(authority);
  if (upstream)
    return (upstream.block ?? [])
      .filter(({ name, words }) => name === 'server' && !words.includes('down'))
      .flatMap((server) => addressOf(server.words[0] ?? '', 80, server));
  return addressOf(authority, scheme === 'https' || scheme === 'grpcs' ? 443 : 80, at);
}

function addressOf(text: string, standard: number, at: Placed): NginxProxy['servers'] {
  const socket = /^unix:(\/[^:$]+)(?::.*)?$/.exec(text)?.[1];
  if (socket !== undefined) return [{ host: `unix:${socket}`, port: 0, at: placeOf(at) }];
  const match = /^(\[[\da-fA-F:]+\]|[^:[\]]+)(?::(\d+))?$/.exec(text);
  if (!match?.[1] || text.startsWith('unix:')) return [];
  return [{ host: match[1].replace(/^\[|\]$/g, ''), port: Number(match[2] ?? standard), at: placeOf(at) }];
}

function splitListen(text: string): { address: string; port: number } {
  if (/^\d+$/.test(text)) return { address: '', port: Number(text) };
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text);
  return { address: match?.[1] ?? '', port: Number(match?.[2] ?? 80) };
}

/** `proxy_read_timeout` and its kin of this level. */
function secondsOf(block: readonly Placed[]): number | undefined {
  const text = block.find(({ name }) => /^(?:proxy|fastcgi|uwsgi|grpc)_read_timeout$/.test(name))?.words[0];
  const match = /^(\d+)(ms|s|m|h)?$/.exec(text ?? '');
  if (!match) return undefined;
  const unit = { ms: 0.001, s: 1, m: 60, h: 3600 }[match[2] ?? 's'] ?? 1;
  return Number(match[1]) * unit;
}

function placeOf({ file, line }: Placed): NginxPlace {
  return { file, line };
}

function flatten(list: readonly Placed[]): Placed[] {
  return list.flatMap((directive) => [directive, ...flatten(directive.block ?? [])]);
}
