import type { Files } from '../files/files.ts';
import { readConfig } from './readConfig.ts';

/** One place of the configuration. `file` is relative to the workspace, `line` 1-based. */
export interface NginxPlace {
  file: string;
  line: number;
}

/** A `proxy_pass` (or fastcgi, uwsgi, grpc) and where it leads. */
export interface NginxProxy {
  at: NginxPlace;
  /** The path of its location; '' at the level of a server. */
  location: string;
  /** As written, with the scheme. */
  url: string;
  /** Servers behind it: the upstream's, or the one of the address. Empty when a variable names it. */
  servers: { host: string; port: number; at: NginxPlace }[];
  /** Seconds that it waits for an answer; nginx's own default is 60. */
  readTimeoutSeconds: number;
}

export interface NginxServer {
  at: NginxPlace;
  names: string[];
  listens: { address: string; port: number; tls: boolean; at: NginxPlace }[];
  certificate: { path: string; at: NginxPlace } | undefined;
  proxies: NginxProxy[];
}

/** A configuration as nginx would resolve it, read without nginx. */
export interface NginxConfig {
  /** The file that it begins with. */
  file: string;
  /** All files of it, in the order in which they were read. */
  files: string[];
  servers: NginxServer[];
  /** What nginx would refuse: each with the place that it would name. */
  problems: { message: string; at: NginxPlace }[];
  /** Paths of `error_log` and `access_log`, as written. */
  logs: { kind: 'error' | 'access'; path: string }[];
}

/** nginx by its files: nothing is run, since even `nginx -t` creates logs and folders. */
export interface Nginx {
  /** @param file relative to the workspace; includes outside of it are not opened, and said to be so */
  config(workspace: string, file: string, files: readonly string[], signal: AbortSignal): Promise<NginxConfig>;
}

export function createNginx(files: Files): Nginx {
  return { config: (workspace, file, listed, signal) => readConfig(files, { workspace, file, listed, signal }) };
}
