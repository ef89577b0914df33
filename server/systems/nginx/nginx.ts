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
  /** Servers behind it: the upstream's, or the one of the address. Empty when a variable names it. A socket's host is `unix:/path`, its port 0. */
  servers: { host: string; port: number; at: NginxPlace }[];
  /** Seconds that it waits for an answer; nginx's own default is 60. */
  readTimeoutSeconds: number;
}

export interface NginxServer {
  at: NginxPlace;
  names: string[];
  listens: { address: string; port: number; tls: boolean; at: NginxPlace }[];
  proxies: NginxProxy[];
}

export interface NginxProblem {
  /** In nginx's own words, where it has some. */
  message: string;
  at: NginxPlace;
  /** `text`: wrong wherever it is used. `files`: something else is missing, which on another machine may be there. */
  about: 'text' | 'files';
  /** What was surely meant, where that can be told. */
  repair?: NginxRepair;
}

/** `semicolon`: it is missing at the end of this line. */
export type NginxRepair =
  | { kind: 'rename'; line: number; from: string; to: string }
  | { kind: 'semicolon'; line: number };

/** A configuration as nginx would resolve it, read without nginx. */
export interface NginxConfig {
  /** The file that it begins with. */
  file: string;
  /** It can be started with; else it is a part, and what it names lies beside the file that includes it. */
  whole: boolean;
  /** All files of it, in the order in which they were read. */
  files: string[];
  servers: NginxServer[];
  /** What nginx would refuse: each with the place that it would name. */
  problems: NginxProblem[];
  /** Paths of `error_log` and `access_log`, as written. */
  logs: { kind: 'error' | 'access'; path: string; at: NginxPlace }[];
  /** Certificates, keys and lists of certificates, as written. */
  certificates: { path: string; at: NginxPlace }[];
}

/**
 * nginx by its files, judged by its rules. `nginx -t` is not run, for it is no mere look: it creates the pid file, the logs and the
 * temporary folders that the configuration names, loads the modules of `load_module` into itself, and binds the ports, so that a
 * service that starts in that moment finds them taken (seen with strace on 1.22). No option takes all of that away. What it would
 * say is read from the files, and from nginx's own [emerg] where it was started.
 */
export interface Nginx {
  /** @param file relative to the workspace; includes outside of it are not opened, and said to be so */
  config(workspace: string, file: string, files: readonly string[], signal: AbortSignal): Promise<NginxConfig>;
}

export function createNginx(files: Files): Nginx {
  return { config: (workspace, file, listed, signal) => readConfig(files, { workspace, file, listed, signal }) };
}
