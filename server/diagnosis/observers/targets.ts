import path from 'node:path';
import type { NginxConfig } from '../../systems/nginx/nginx.ts';
import { defineObserver } from '../observer.ts';
import { discoverTargets } from '../targets/discoverTargets.ts';
import { type EndpointTarget, isEndpoint, isService, type ServiceTarget, type Target } from '../targets/target.ts';
import { nginxConfigs } from './nginxConfigs.ts';
import { composeProjects, envFiles, listing, sourceFacts } from './workspaceFiles.ts';

/** What can be healthy or broken in this workspace. */
export const targetsOf = defineObserver<Target[]>({
  id: 'targets',
  label: 'targets',
  timeoutMs: 5_000,
  essential: true,
  observe: async ({ systems, workspace, signal, use }) => {
    const [{ files }, env, projects, source, proxies] = await Promise.all([
      use(listing),
      use(envFiles),
      use(composeProjects),
      use(sourceFacts),
      use(nginxConfigs).catch((): NginxConfig[] => []),
    ]);
    const read = (file: string): Promise<string | undefined> =>
      systems.files.readText(path.join(workspace, file), { signal });
    return discoverTargets({ workspace, files: { files, read }, envFiles: env, projects, source, proxies });
  },
});

export const services = defineObserver<ServiceTarget[]>({
  id: 'targets.services',
  label: 'services',
  timeoutMs: 5_000,
  observe: async ({ use }) => (await use(targetsOf)).filter(isService),
});

export const endpoints = defineObserver<EndpointTarget[]>({
  id: 'targets.endpoints',
  label: 'endpoints',
  timeoutMs: 5_000,
  observe: async ({ use }) => (await use(targetsOf)).filter(isEndpoint),
});
