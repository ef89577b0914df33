import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { builtBundle, builtFile } from '../support/builtBundles.ts';

const KIB = 1024;

describe('the bundles', { timeout: 60_000 }, () => {
  it('keeps the extension within 300 KB', async () => {
    const bytes = (await builtFile('client', 'extension.cjs')).length;
    const { metafile } = await builtBundle('client');
    const heaviest = Object.values(metafile.outputs)
      .flatMap(({ inputs }) => Object.entries(inputs))
      .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
      .slice(0, 5)
      .map(([file, { bytesInOutput }]) => `${file} ${bytesInOutput}`);
    expect(bytes, heaviest.join('\n')).toBeLessThanOrEqual(300 * KIB);
  });

  it('keeps the language client apart: the extension loads it with its first connection, past this limit', async () => {
    const { outputFiles, metafile } = await builtBundle('client');
    const scripts = outputFiles.filter(({ path }) => !path.endsWith('.map')).map(({ path }) => path.split('/').at(-1));
    expect(scripts.sort()).toEqual(['extension.cjs', 'languageClient.cjs']);
    const carriers = Object.entries(metafile.outputs)
      .filter(([, { inputs }]) => Object.keys(inputs).some((file) => file.includes('/vscode-languageclient/')))
      .map(([file]) => file);
    expect(carriers).toEqual(['dist/client/languageClient.cjs']);
  });

  it('gives the language client nothing of ours but its own file: a class of both bundles would be two classes', async () => {
    const { metafile } = await builtBundle('client');
    const inputs = Object.keys(metafile.outputs['dist/client/languageClient.cjs']?.inputs ?? {});
    const own = inputs.filter((file) => !file.startsWith('node_modules/'));
    expect(own).toEqual(['client/backend/openLanguageClient.ts']);
  });

  it('loads neither packages nor messages when it activates: they come with the first use', async () => {
    const { metafile } = await builtBundle('client');
    const reached = new Set(['client/extension.ts']);
    for (const file of reached) {
      for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
        if (!external && kind === 'import-statement') reached.add(path);
      }
    }
    expect(reached.size).toBeGreaterThan(5);
    expect([...reached].filter((file) => !file.startsWith('client/'))).toEqual([]);
  });

  it.each(['troubleshooting', 'logs'])('keeps the page %s within 350 KB', async (page) => {
    expect((await builtFile('webviews', `${page}.js`)).length).toBeLessThanOrEqual(350 * KIB);
  });

  it('exports activate and deactivate and nothing else', async () => {
    const { metafile } = await build({
      entryPoints: ['client/extension.ts'],
      bundle: false,
      format: 'esm',
      metafile: true,
      write: false,
    });
    const [output] = Object.values(metafile.outputs);
    expect(output?.exports.toSorted()).toEqual(['activate', 'deactivate']);
  });
});
