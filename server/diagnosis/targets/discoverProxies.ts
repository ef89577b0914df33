import path from 'node:path';
import type { ComposeService } from '../../systems/compose/compose.ts';
import type { NginxConfig } from '../../systems/nginx/nginx.ts';
import { isLoopback } from './loopback.ts';
import { type DependencyEdge, isEndpoint, isService, type ProxyTarget, sourceText, type Target } from './target.ts';

/** Reverse proxies of the workspace, with an edge to whatever is behind them. */
export function discoverProxies(
  configs: readonly NginxConfig[],
  targets: readonly Target[],
  composeServices: readonly ComposeService[],
): ProxyTarget[] {
  const withProxy = configs.filter(({ servers, problems }) => servers.length > 0 || problems.length > 0);
  return withProxy.map((config): ProxyTarget => {
    const taken = targets.some(({ name }) => name === 'nginx') || withProxy.length > 1;
    const stem = path.posix.basename(config.file).replace(/\.conf(?:\.template)?$/, '');
    const name = !taken ? 'nginx' : stem === 'nginx' ? `nginx (${path.posix.dirname(config.file)})` : `nginx ${stem}`;
    const edges = new Map<string, DependencyEdge>();
    for (const { url, location, servers } of config.servers.flatMap(({ proxies }) => proxies))
      for (const { host, port, at } of servers) {
        const target =
          targets.find((candidate) => standsAt(candidate, host, port)) ?? meantBy(url, location, host, targets);
        if (target && !edges.has(target.name)) edges.set(target.name, { target: target.name, source: sourceText(at) });
      }
    const compose = composeServices.find(({ mounts }) =>
      mounts.some(({ kind, source }) => kind === 'bind' && source !== undefined && holds(source, config)),
    );
    return { name, kind: 'proxy', source: config.file, dependsOn: [...edges.values()], config, compose };
  });
}

/** A service that runs the proxy, by compose or by its command, fails when the proxy's configuration does. */
export function linkRunners(targets: readonly Target[], proxies: readonly ProxyTarget[]): Target[] {
  return targets.map((target): Target => {
    if (!isService(target) && !isEndpoint(target)) return target;
    const run = proxies.filter(
      ({ config, compose }) =>
        (compose !== undefined && compose.name === target.compose?.name) ||
        (isService(target) && runsNginx(target.command?.text ?? '', config, proxies.length === 1)),
    );
    const edges = run.map(({ name, source }) => ({ target: name, source }));
    return edges.length === 0 ? target : { ...target, dependsOn: [...target.dependsOn, ...edges] };
  });
}

function runsNginx(command: string, { file }: NginxConfig, only: boolean): boolean {
  return /(?:^|[\s/])nginx(?:\s|$)/.test(command) && (only || command.includes(path.posix.basename(file)));
}

function holds(source: string, { file, files }: NginxConfig): boolean {
  const mounted = path.posix.normalize(source).replace(/\/$/, '');
  return [file, ...files].some((name) => name === mounted || name.startsWith(`${mounted}/`));
}

/** Whether an address leads to this target. */
export function standsAt(target: Target, host: string, port: number): boolean {
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

/**
 * With a port that no service of the workspace has, names tell: of the upstream, of the location; or there is only one service.
 * The words `app`, `backend` mean whoever is there.
 */
function meantBy(url: string, location: string, host: string, targets: readonly Target[]): Target | undefined {
  if (!isLoopback(host) && !host.startsWith('unix:')) return undefined;
  const services = targets
    .filter(isService)
    .filter(({ command }) => !/(?:^|[\s/])nginx(?:\s|$)/.test(command?.text ?? ''));
  const upstream = /:\/\/([^/:]+)/.exec(url)?.[1] ?? '';
  const names = [
    upstream,
    upstream.replace(/[_-](?:upstream|servers?|backend|pool)$/, ''),
    location.split('/')[1] ?? '',
  ];
  return (
    services.find(({ name, aliases }) =>
      names.some((each) => each !== '' && (each === name || aliases.includes(each))),
    ) ?? (services.length === 1 ? services[0] : undefined)
  );
}
