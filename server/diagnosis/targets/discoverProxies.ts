import path from 'node:path';
import type { NginxConfig } from '../../systems/nginx/nginx.ts';
import { isLoopback } from './loopback.ts';
import { type DependencyEdge, isEndpoint, isService, type ProxyTarget, sourceText, type Target } from './target.ts';

/** Reverse proxies of the workspace, with an edge to whatever is behind them. */
export function discoverProxies(configs: readonly NginxConfig[], targets: readonly Target[]): ProxyTarget[] {
  const withProxy = configs.filter(({ servers, problems }) => servers.length > 0 || problems.length > 0);
  return withProxy.map((config): ProxyTarget => {
    const taken = targets.some(({ name }) => name === 'nginx') || withProxy.length > 1;
    const stem = path.posix.basename(config.file).replace(/\.conf(?:\.template)?$/, '');
    const name = !taken ? 'nginx' : stem === 'nginx' ? `nginx (${path.posix.dirname(config.file)})` : `nginx ${stem}`;
    const edges = new Map<string, DependencyEdge>();
    for (const proxy of config.servers.flatMap(({ proxies }) => proxies))
      for (const { host, port, at } of proxy.servers) {
        const target = targets.find((candidate) => standsAt(candidate, host, port));
        if (target && !edges.has(target.name)) edges.set(target.name, { target: target.name, source: sourceText(at) });
      }
    return { name, kind: 'proxy', source: config.file, dependsOn: [...edges.values()], config };
  });
}

function standsAt(target: Target, host: string, port: number): boolean {
  if (isService(target))
    return (
      target.name === host ||
      target.compose?.name === host ||
      (isLoopback(host) &&
        (target.ports.some((declared) => declared.port === port) ||
          target.compose?.ports.some(({ published }) => published === port) === true))
    );
  if (!isEndpoint(target)) return false;
  return target.port === port && (target.host === host || (isLoopback(target.host) && isLoopback(host)));
}
