import path from 'node:path';
import type { NginxConfig } from '../../systems/nginx/nginx.ts';
import { defineObserver } from '../observer.ts';
import { listing } from './workspaceFiles.ts';

const CONFIG =
  /(?:^|\/)(?:[\w.-]*nginx[\w.-]*\.conf(?:\.template)?|nginx\/(?:[\w.-]+\/)*[\w.-]+\.conf|(?:conf\.d|sites-(?:enabled|available))\/[\w.-]+)$/i;
/** Of other times and other machines. */
const NOT_IN_USE =
  /(?:^|\/)(?:docs?|examples?|samples?|fixtures?|tests?|__tests__|specs?|archived?|old|backups?|vendor)\/|\.(?:md|[cm]?[jt]s|py|png|log|bak|old|orig|save|example|sample|dist)$|~$/i;
/** Other programs have a conf.d as well: a block that only nginx has tells it. */
const NGINX_BLOCK = /^[ \t]*(?:server|http|events|stream|upstream[ \t]+[\w.-]{1,80})[ \t]*\{/m;
const MAX_CONFIGS = 40;

/** The nginx configurations of the workspace, each from the file that it begins with. */
export const nginxConfigs = defineObserver<NginxConfig[]>({
  id: 'nginx.configs',
  label: 'nginx configuration',
  timeoutMs: 3_000,
  observe: async ({ systems, workspace, signal, use }) => {
    const { files } = await use(listing);
    const named = files.filter((file) => CONFIG.test(file) && !NOT_IN_USE.test(file)).slice(0, MAX_CONFIGS);
    const found = await Promise.all(
      named.map(async (file) => {
        const text = await systems.files.readText(path.join(workspace, file), { signal });
        return text !== undefined && NGINX_BLOCK.test(text) ? [file] : [];
      }),
    );
    const configs = await Promise.all(found.flat().map((file) => systems.nginx.config(workspace, file, files, signal)));
    const included = new Set(configs.flatMap((config) => config.files.filter((file) => file !== config.file)));
    return configs
      .filter(({ file, servers, problems }) => !included.has(file) && (servers.length > 0 || problems.length > 0))
      .sort((a, b) => depth(a.file) - depth(b.file) || (a.file < b.file ? -1 : 1));
  },
});

function depth(file: string): number {
  return path.posix.dirname(file) === '.' ? 0 : file.split('/').length;
}
