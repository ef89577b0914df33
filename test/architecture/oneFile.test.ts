import { readFile } from 'node:fs/promises';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { BundleName } from '../support/builtBundles.ts';
import { filesOf, importsOf } from './importGraph.ts';

/** The files of a bundle whose code, comments and types aside, matches. */
async function filesWith(bundle: BundleName, pattern: RegExp): Promise<string[]> {
  const files = await filesOf(bundle);
  const matches = await Promise.all(
    files.map(async (file) => {
      const { code } = await transform(await readFile(file, 'utf8'), { loader: 'ts', legalComments: 'none' });
      return pattern.test(code) ? [file] : [];
    }),
  );
  return matches.flat().sort();
}

async function importersOf(bundle: BundleName, ...names: string[]): Promise<string[]> {
  const imports = await importsOf(bundle);
  return [...new Set(imports.filter(({ to }) => names.includes(to)).map(({ from }) => from))].sort();
}

describe('what occurs in exactly one file', () => {
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

  it.each(['server', 'client'] as const)('process.env of the %s', async (bundle) => {
    const readers = await filesWith(
      bundle,
      /\bprocess\.env\b|\bimport\s*\{[^}]*\benv\b[^}]*\}\s*from\s*"(?:node:)?process"/,
    );
    expect(readers.length, readers.join(', ')).toBeLessThanOrEqual(1);
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
