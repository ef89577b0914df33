import path from 'node:path';
import type { ComposeProject } from '../../systems/compose/compose.ts';
import type { NginxConfig } from '../../systems/nginx/nginx.ts';
import { HOST_TARGET } from '../cause.ts';
import type { SourceFacts } from '../source/sourceFacts.ts';
import { discoverEndpoints, engineOf } from './discoverEndpoints.ts';
import { discoverProxies, linkRunners } from './discoverProxies.ts';
import { discoverServices, type WorkspaceFiles } from './discoverServices.ts';
import { discoverWorkloads } from './discoverWorkloads.ts';
import { type EnvFiles, serviceEnvironment } from './serviceEnvironment.ts';
import { servicePorts } from './servicePorts.ts';
import { type EndpointTarget, type ServiceTarget, sourceText, type Target } from './target.ts';

export interface DiscoveryInput {
  workspace: string;
  files: WorkspaceFiles;
  envFiles: EnvFiles;
  projects: readonly ComposeProject[];
  source: SourceFacts;
  /** Default: none. */
  proxies?: readonly NginxConfig[];
}

/** Everything in a workspace that can be healthy or broken, with who needs whom. Needs no configuration. */
export async function discoverTargets({
  workspace,
  files,
  envFiles,
  projects,
  source,
  proxies = [],
}: DiscoveryInput): Promise<Target[]> {
  const seeds = await discoverServices(files, path.basename(workspace), projects);
  const composeServices = projects.flatMap((project) => project.services);
  const services = seeds.map((seed): ServiceTarget => {
    const base = {
      ...seed,
      kind: 'service' as const,
      source: sourceText(seed.at),
      ...serviceEnvironment(seed, envFiles),
    };
    return { ...base, dependsOn: [], ports: servicePorts(base, source, seeds.length === 1) };
  });
  const endpoints = discoverEndpoints(services, composeServices, source);
  const withEdges = services.map((service) => ({ ...service, dependsOn: endpoints.edges.get(service.name) ?? [] }));
  const known = new Set([...withEdges, ...endpoints.targets].map((target) => target.name));
  const rest = composeServices
    .filter((service) => !known.has(service.name))
    .map((service): EndpointTarget => {
      const engine = engineOf(service) ?? 'tcp';
      const port = service.ports.find(({ published }) => published !== undefined);
      return {
        name: service.name,
        kind: engine === 'redis' ? 'cache' : engine === 'tcp' || engine === 'amqp' ? 'endpoint' : 'database',
        source: sourceText(service.at),
        dependsOn: service.dependsOn.map((dependency) => ({
          target: dependency.service,
          source: sourceText(dependency.at),
        })),
        engine,
        host: '127.0.0.1',
        port: port?.published ?? 0,
        user: undefined,
        password: undefined,
        database: undefined,
        tls: false,
        sslMode: undefined,
        variable: undefined,
        at: service.at,
        compose: service,
      };
    });
  const reachable = [...withEdges, ...endpoints.targets, ...rest];
  const proxyTargets = discoverProxies(proxies, reachable, composeServices);
  return [
    ...linkRunners(reachable, proxyTargets),
    ...proxyTargets,
    ...(await discoverWorkloads(source)),
    { name: HOST_TARGET, kind: 'host', source: 'this machine', dependsOn: [] },
  ];
}
