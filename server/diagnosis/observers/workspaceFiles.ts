import path from 'node:path';
import type { ComposeProject } from '../../systems/compose/compose.ts';
import { parseDotenv } from '../../systems/files/parseDotenv.ts';
import { defineObserver } from '../observer.ts';
import { readSourceFacts, type SourceFacts } from '../source/sourceFacts.ts';
import { type EnvFiles, isEnvFile } from '../targets/serviceEnvironment.ts';

/** The files of the workspace, bounded. */
export const listing = defineObserver({
  id: 'workspace.listing',
  label: 'files of the workspace',
  timeoutMs: 2_000,
  essential: true,
  observe: ({ systems, workspace, signal }) => systems.files.list(workspace, { signal, timeoutMs: 1_500 }),
});

/** Every env file of the workspace, samples included. */
export const envFiles = defineObserver<EnvFiles>({
  id: 'workspace.env-files',
  label: 'env files',
  timeoutMs: 3_000,
  essential: true,
  observe: async ({ systems, workspace, signal, use }) => {
    const { files } = await use(listing);
    const texts = await Promise.all(
      files
        .filter(isEnvFile)
        .map(async (file) => [file, await systems.files.readText(path.join(workspace, file), { signal })] as const),
    );
    return new Map(
      texts.flatMap(([file, text]) =>
        text === undefined ? [] : [[file, { ...parseDotenv(text), lines: text.split(/\r?\n/) }] as const],
      ),
    );
  },
});

export const composeProjects = defineObserver<ComposeProject[]>({
  id: 'workspace.compose',
  label: 'compose files',
  timeoutMs: 3_000,
  essential: true,
  observe: async ({ systems, workspace, environment, signal, use }) => {
    const { files } = await use(listing);
    return systems.compose.projects(workspace, files, environment, signal);
  },
});

/** The workspace's own code, read as text. */
export const sourceFacts = defineObserver<SourceFacts>({
  id: 'workspace.source',
  label: 'source code',
  timeoutMs: 3_000,
  essential: true,
  observe: async ({ systems, workspace, signal, use }) => {
    const { files } = await use(listing);
    return readSourceFacts(files, (file, maxBytes) =>
      systems.files.readText(path.join(workspace, file), { signal, maxBytes }),
    );
  },
});
