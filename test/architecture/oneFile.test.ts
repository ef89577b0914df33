import { readFile } from 'node:fs/promises';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { BundleName } from '../support/builtBundles.ts';
import { filesOf, importsOf } from './importGraph.ts';

/** The files of a bundle whose code, without comments and types, matches. `define` renames expressions beforehand. */
async function filesWith(bundle: BundleName, pattern: RegExp, define: Record<string, string> = {}): Promise<string[]> {
  const files = await filesOf(bundle);
  const matches = await Promise.all(
    files.map(async (file) => {
      const source = await readFile(file, 'utf8');
      const { code } = await transform(source, { loader: 'ts', legalComments: 'none', define });
      return pattern.test(code) ? [file] : [];
    }),
  );
  return matches.flat().sort();
}

async function importersOf(bundle: BundleName, ...names: string[]): Promise<string[]> {
  const imports = await importsOf(bundle);
  return [...new Set(imports.filter(({ to }) => names.includes(to)).map(({ from }) => from))].sort();
}

describe('what occurs in exactly one file', { timeout: 60_000 }, () => {
  it('acquireVsCodeApi', async () => {
    expect(await filesWith('webviews', /\bacquireVsCodeApi\b/)).toEqual(['webviews/shared/rpc/connectHost.ts']);
  });

  it('registerCommand', async () => {
    expect(await filesWith('client', /\bregister(?:TextEditor)?Command\(/)).toEqual([
      'client/commands/registerCommands.ts',
    ]);
  });

  it('the import of the toolkit', async () => {
    expect(await importersOf('webviews', '@vscode/webview-ui-toolkit')).toEqual([
      'webviews/shared/ui/registerControls.ts',
    ]);
  });

  it('the import of the language client', async () => {
    expect(await importersOf('client', 'vscode-languageclient')).toEqual(['client/backend/openLanguageClient.ts']);
  });

  it.each(['server', 'client'] as const)('process.env of the %s', async (bundle) => {
    // Renamed by the compiler, so that the words in a string or a pattern do not count.
    const reading = await filesWith(bundle, /\bREADS_ENVIRONMENT\b/, { 'process.env': 'READS_ENVIRONMENT' });
    const readers = [...new Set([...reading, ...(await importersOf(bundle, 'node:process', 'process'))])];
    expect(readers).toEqual([bundle === 'server' ? 'server/runtime/environment.ts' : 'client/backend/environment.ts']);
  });

  it('the start of a process in the server', async () => {
    expect(await importersOf('server', 'execa', 'node:child_process', 'child_process')).toEqual([
      'server/runtime/runCommand.ts',
    ]);
  });

  it('the start of a process in the client', async () => {
    const starters = await importersOf('client', 'node:child_process', 'child_process');
    expect(starters).toHaveLength(1);
    expect(starters[0]).toMatch(/^client\/backend\//);
  });

  it('the opening of a database', async () => {
    const openers = await importersOf('server', 'better-sqlite3', 'node:sqlite');
    expect(openers).toHaveLength(1);
    expect(openers[0]).toMatch(/^server\/storage\//);
  });
});
