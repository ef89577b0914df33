import { describe, expect, it } from 'vitest';
import { type Import, importsOf, packagesIn, roomOf } from './importGraph.ts';

const products = [
  'diagnosis',
  'fixes',
  'history',
  'suppression',
  'health',
  'doctor',
  'logs',
  'assistant',
  'models',
  'sandbox',
  'security',
  'recovery',
];

/** The one room that may import a package. Packages that are not listed belong to whoever imports them first and alone. */
const owners: Readonly<Record<string, string>> = {
  pg: 'server/systems/postgres',
  dockerode: 'server/systems/docker',
  mysql2: 'server/systems/mysql',
  'fast-xml-parser': 'server/systems/gpu',
  'better-sqlite3': 'server/storage',
  fastify: 'server/edges/http',
  execa: 'server/runtime',
  pino: 'server/runtime',
  'vscode-languageserver': 'server/edges/rpc',
  'vscode-languageclient': 'client',
  '@vscode/webview-ui-toolkit': 'webviews',
  lit: 'webviews',
  uplot: 'webviews',
};

/** The vocabulary of the protocol: wherever a message is named, these two may be. */
const vocabulary = ['zod', 'vscode-jsonrpc'];

const server = await importsOf('server');
const client = await importsOf('client');
const webviews = await importsOf('webviews');

/** `from → to` of the imports that a rule refuses; an empty list passes, and a failure names each. */
function refused(imports: readonly Import[], allowed: (one: Import) => boolean): string[] {
  return imports.filter((one) => !allowed(one)).map(({ from, to }) => `${from} → ${to}`);
}

const inProtocol = (file: string): boolean => file.startsWith('server/protocol/');
const inRoom = (file: string, ...rooms: string[]): boolean => rooms.some((room) => file.startsWith(`${room}/`));
const from = (imports: readonly Import[], room: string): Import[] => imports.filter((one) => inRoom(one.from, room));

/** A system's file that reaches neither Node nor a package: a parser of text is shared like a type, it observes nothing. */
function isPure(file: string, imports: readonly Import[]): boolean {
  return imports
    .filter((one) => one.from === file)
    .every(({ to, kind }) => kind === 'own' && (inProtocol(to) || isPure(to, imports)));
}

describe('the import matrix', () => {
  it('sees the imports that it judges', () => {
    expect(server.length).toBeGreaterThan(20);
    expect(client.length).toBeGreaterThan(20);
    expect(webviews.length).toBeGreaterThan(20);
  });

  it('lets the protocol import nobody but its two vocabularies', () => {
    const all = [...server, ...client, ...webviews].filter((one) => inProtocol(one.from));
    expect(all.length).toBeGreaterThan(0);
    const bad = refused(all, ({ to, kind }) => (kind === 'own' && inProtocol(to)) || vocabulary.includes(to));
    expect(bad).toEqual([]);
  });

  it('lets the client import the protocol, the editor and Node, and no other part of the server', () => {
    const packages = ['vscode-languageclient', ...vocabulary];
    const bad = refused(from(client, 'client'), ({ to, kind }) => {
      if (kind === 'own') return inRoom(to, 'client') || inProtocol(to);
      return kind === 'vscode' || kind === 'node' || packages.includes(to);
    });
    expect(bad).toEqual([]);
  });

  it('lets webviews import the protocol and browser packages only', () => {
    const packages = ['lit', 'uplot', 'markdown-it', 'dompurify', '@vscode/webview-ui-toolkit', ...vocabulary];
    const bad = refused(from(webviews, 'webviews'), ({ to, kind }) => {
      if (kind === 'own') return inRoom(to, 'webviews') || inProtocol(to) || to.endsWith('.css');
      return kind === 'vendor' && packages.includes(to);
    });
    expect(bad).toEqual([]);
  });

  it('lets a system import the runtime, the protocol and its own folder', () => {
    const bad = refused(from(server, 'server/systems'), ({ from: file, to, kind }) => {
      if (kind === 'own') return roomOf(to) === roomOf(file) || inRoom(to, 'server/runtime') || inProtocol(to);
      return kind !== 'vscode' && (owners[to] === undefined || owners[to] === roomOf(file));
    });
    expect(bad).toEqual([]);
  });

  it('lets services know neither the doors, nor the systems behind the types, nor JSON-RPC and HTTP', () => {
    const rooms = products.map((product) => `server/${product}`);
    const services = server.filter((one) => inRoom(one.from, ...rooms));
    expect(services.length).toBeGreaterThan(0);
    const bad = refused(services, ({ to, kind }) => {
      if (kind === 'own') {
        return (
          inRoom(to, ...rooms, 'server/runtime') || inProtocol(to) || to.startsWith('virtual:') || isPure(to, server)
        );
      }
      return kind === 'node' || (kind === 'vendor' && owners[to] === undefined && to !== 'vscode-jsonrpc');
    });
    expect(bad).toEqual([]);
  });

  it('lets the doors call services, and never a system or the storage', () => {
    const bad = refused(from(server, 'server/edges'), ({ from: file, to, kind }) => {
      if (kind !== 'own') return kind !== 'vscode' && (owners[to] ?? roomOf(file)) === roomOf(file);
      return !inRoom(to, 'server/systems', 'server/storage');
    });
    expect(bad).toEqual([]);
  });

  it('keeps product nouns out of the runtime', () => {
    const bad = refused(from(server, 'server/runtime'), ({ to, kind }) => {
      return kind === 'own' ? inRoom(to, 'server/runtime') || inProtocol(to) : kind !== 'vscode';
    });
    expect(bad).toEqual([]);
  });

  it('gives each package one room', () => {
    const rooms = new Map<string, Set<string>>();
    for (const { from: file, to, kind } of [...server, ...client, ...webviews]) {
      if (kind !== 'vendor' || vocabulary.includes(to)) continue;
      rooms.set(to, (rooms.get(to) ?? new Set()).add(roomOf(file)));
    }
    const shared = [...rooms].filter(([, users]) => users.size > 1).map(([name, users]) => [name, [...users]]);
    expect(shared).toEqual([]);
    const misplaced = [...rooms].filter(([name, users]) => owners[name] !== undefined && !users.has(owners[name]));
    expect(misplaced).toEqual([]);
  });

  it('keeps the editor out of the server, and React out of the webviews', async () => {
    expect(server.filter(({ kind }) => kind === 'vscode')).toEqual([]);
    expect([...(await packagesIn('server'))].filter((name) => name === 'vscode-languageclient')).toEqual([]);
    expect(
      [...(await packagesIn('webviews'))].filter((name) =>
        /^(?:react|react-dom|scheduler|@microsoft\/fast-react-wrapper)$/.test(name),
      ),
    ).toEqual([]);
  });
});
