// Builds the three processes into dist/. `node esbuild.config.mjs [--watch] [--production]`
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';

const root = path.dirname(fileURLToPath(import.meta.url));
const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

/** The module `virtual:causes`: every file below server/diagnosis/causes, so that adding a cause is adding a file. */
export async function causesModule() {
  const folder = path.join(root, 'server/diagnosis/causes');
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts')).sort();
  const imports = files.map((file, i) => `import * as cause${i} from ${JSON.stringify(path.join(folder, file))};`);
  const list = files.map((_, i) => `...Object.values(cause${i})`).join(', ');
  return `${imports.join('\n')}\nexport const causes = [${list}];\n`;
}

const virtualCauses = {
  name: 'virtual:causes',
  setup(plugin) {
    plugin.onResolve({ filter: /^virtual:causes$/ }, () => ({ path: 'causes', namespace: 'virtual' }));
    plugin.onLoad({ filter: /.*/, namespace: 'virtual' }, async () => ({
      contents: await causesModule(),
      loader: 'js',
      resolveDir: root,
      watchDirs: [path.join(root, 'server/diagnosis/causes')],
    }));
  },
};

/**
 * What dockerode brings for building images and for engines behind SSH: a diagnosis uses neither, and half of it is native.
 * Whoever needs it finds an empty module.
 */
const withoutBuildKit = {
  name: 'without-buildkit',
  setup(plugin) {
    plugin.onResolve({ filter: /^(?:ssh2|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs)$/ }, ({ path: name }) => ({
      path: name,
      namespace: 'left-out',
    }));
    plugin.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};

const version = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')).version;
const shared = {
  absWorkingDir: root,
  bundle: true,
  metafile: true,
  sourcemap: !production,
  minify: production,
  legalComments: 'none',
  logLevel: 'warning',
  define: { TEKTRA_VERSION: JSON.stringify(version) },
};

/** One entry for each process; test/architecture builds them in memory and reads the metafiles. */
export const bundles = {
  client: {
    ...shared,
    // The language client is heavier than all the rest: it is loaded when the backend is first connected, never at activation.
    entryPoints: { extension: 'client/extension.ts', languageClient: 'client/backend/openLanguageClient.ts' },
    outdir: 'dist/client',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    minify: true,
    external: ['vscode'],
  },
  server: {
    ...shared,
    entryPoints: {
      main: 'server/main.ts',
      tektra: 'server/edges/cli/tektra.ts',
      logEngine: 'server/logEngine.ts',
      logScan: 'server/logs/index/logScan.ts',
    },
    outdir: 'dist/server',
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    platform: 'node',
    target: 'node22',
    splitting: true,
    minify: true,
    // Native modules stay outside; they are resolved from node_modules at run time.
    external: ['better-sqlite3', 'node-llama-cpp', 'pg-native'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    plugins: [virtualCauses, withoutBuildKit],
  },
  webviews: {
    ...shared,
    entryPoints: {
      troubleshooting: 'webviews/troubleshooting/troubleshooting.ts',
      logs: 'webviews/logs/logs.ts',
    },
    outdir: 'dist/webviews',
    format: 'esm',
    platform: 'browser',
    target: 'chrome128',
    minify: true,
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!watch) await rm(path.join(root, 'dist'), { recursive: true, force: true });
  await mkdir(path.join(root, 'dist'), { recursive: true });
  for (const [name, options] of Object.entries(bundles)) {
    if (!existsSync(path.join(root, Object.values(options.entryPoints)[0]))) continue;
    if (watch) {
      await (await context(options)).watch();
      continue;
    }
    const { metafile } = await build(options);
    await writeFile(path.join(root, 'dist', `${name}.meta.json`), JSON.stringify(metafile));
  }
}
