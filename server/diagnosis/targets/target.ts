import type { ComposeService, SourceLine } from '../../systems/compose/compose.ts';
import type { NginxConfig } from '../../systems/nginx/nginx.ts';
import type { ManifestObject } from './manifestObject.ts';

/** `target` is needed by the one that holds the edge; `source` (`path:line`) is where that is written. */
export interface DependencyEdge {
  target: string;
  source: string;
}

interface TargetBase {
  /** Unique within a workspace. */
  name: string;
  /** `path:line` or `path`, relative to the workspace. */
  source: string;
  dependsOn: DependencyEdge[];
}

/** A variable as the service would get it, with the place that sets it. */
export interface Variable {
  name: string;
  value: string;
  at: SourceLine;
}

export interface DeclaredPort {
  port: number;
  at: SourceLine;
  /** The variable that sets it, if one does. */
  variable: string | undefined;
}

/** A program of the workspace that is meant to run: a package script, a Procfile line, a compose service with a build. */
export interface ServiceTarget extends TargetBase {
  kind: 'service';
  /** Folder it starts in, relative to the workspace, '' for the root. */
  folder: string;
  command: { text: string; at: SourceLine } | undefined;
  /** Set when the service is (also) declared in a compose file. */
  compose: ComposeService | undefined;
  /** Other names it goes by: the package's, the folder's, the script's. For matching logs. */
  aliases: string[];
  environment: Variable[];
  /** Env files that the environment was read from, relative to the workspace. */
  envFiles: string[];
  ports: DeclaredPort[];
}

/** `sqlite` is a file: `database` is its path, and there is neither host nor port. */
export type Engine = 'postgres' | 'mysql' | 'sqlite' | 'mongodb' | 'redis' | 'amqp' | 'http' | 'tcp';

/** An address that a service connects to. */
export interface ConnectionAddress {
  engine: Engine;
  host: string;
  port: number;
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  tls: boolean;
  sslMode: string | undefined;
}

/** Something that services connect to: a database, a cache, another service's address. */
export interface EndpointTarget extends TargetBase, ConnectionAddress {
  kind: 'database' | 'cache' | 'endpoint';
  /** The variable that holds the address, if one does. */
  variable: string | undefined;
  at: SourceLine;
  /** The compose service behind it, when there is one. */
  compose: ComposeService | undefined;
}

/** An object of a Kubernetes manifest that runs something or leads to it; `cluster` is what all of them stand on. */
export interface WorkloadTarget extends TargetBase {
  kind: 'workload';
  /** Undefined for the cluster itself. */
  manifest: ManifestObject | undefined;
}

/** A reverse proxy of the workspace: nginx, by its configuration. */
export interface ProxyTarget extends TargetBase {
  kind: 'proxy';
  config: NginxConfig;
  /** The compose service that runs it, when one mounts its files. */
  compose: ComposeService | undefined;
}

export interface HostTarget extends TargetBase {
  kind: 'host';
}

export type Target = ServiceTarget | EndpointTarget | WorkloadTarget | ProxyTarget | HostTarget;

export function isService(target: Target): target is ServiceTarget {
  return target.kind === 'service';
}

export function isEndpoint(target: Target): target is EndpointTarget {
  return target.kind === 'database' || target.kind === 'cache' || target.kind === 'endpoint';
}

export function isProxy(target: Target): target is ProxyTarget {
  return target.kind === 'proxy';
}

export function isWorkload(target: Target): target is WorkloadTarget {
  return target.kind === 'workload';
}

export function sourceText(at: SourceLine): string {
  return `${at.file}:${at.line}`;
}
