import path from 'node:path';
import { defineObserver } from '../observer.ts';
import { envFiles } from './workspaceFiles.ts';

/** When each env file was last changed: a value set after the crash was not there when it happened. */
export const envFileTimes = defineObserver<ReadonlyMap<string, Date>>({
  id: 'workspace.env-times',
  label: 'times of the env files',
  timeoutMs: 1_500,
  observe: async ({ systems, workspace, use }) => {
    const states = await Promise.all(
      [...(await use(envFiles)).keys()].map(
        async (file) => [file, await systems.files.state(path.join(workspace, file))] as const,
      ),
    );
    return new Map(
      states.flatMap(([file, state]) => ('modifiedAt' in state ? [[file, state.modifiedAt] as const] : [])),
    );
  },
});
