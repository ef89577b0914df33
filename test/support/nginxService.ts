import { findProgram } from './requireSystem.ts';
import type { Scenario } from './scenario.ts';

/** A configuration that keeps everything that nginx writes in the workspace. `http` holds the servers. */
export function nginxConfig(http: string, main = ''): string {
  return `daemon off;
worker_processes 1;
pid run/nginx.pid;
error_log logs/error.log;
${main}events { worker_connections 64; }
http {
  access_log logs/access.log;
  client_body_temp_path run/body;
  proxy_temp_path run/proxy;
  fastcgi_temp_path run/fastcgi;
  uwsgi_temp_path run/uwsgi;
  scgi_temp_path run/scgi;
${http}}
`;
}

/** One server that passes everything to an address. */
export function passTo(port: number, address: string, more = ''): string {
  return `  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://${address};
${more}    }
  }
`;
}

/** The folders that nginx expects to be there. */
export const NGINX_FOLDERS = { 'logs/.keep': '', 'run/.keep': '' };

/** The command that runs `nginx.conf` of the workspace in the foreground. */
export function nginxArgv({ workspace }: Scenario, file = 'nginx.conf'): [string, ...string[]] {
  return [findProgram('nginx') ?? 'nginx', '-p', `${workspace}/`, '-c', file];
}
