import type { Systems } from './diagnosis/systems.ts';
import { environment } from './runtime/environment.ts';
import { quickCheck } from './storage/quickCheck.ts';
import { createCompose } from './systems/compose/compose.ts';
import { createCpu } from './systems/cpu/cpu.ts';
import { createDocker } from './systems/docker/docker.ts';
import { createFiles } from './systems/files/files.ts';
import { createFirewall } from './systems/firewall/firewall.ts';
import { createGguf } from './systems/gguf/gguf.ts';
import { createGit } from './systems/git/git.ts';
import { createGpu } from './systems/gpu/gpu.ts';
import { createHost } from './systems/host/host.ts';
import { createHttp } from './systems/http/http.ts';
import { createKubernetes } from './systems/kubernetes/kubernetes.ts';
import { createMysql } from './systems/mysql/mysql.ts';
import { createNetwork } from './systems/network/network.ts';
import { createNginx } from './systems/nginx/nginx.ts';
import { createPostgres } from './systems/postgres/postgres.ts';
import { createProcesses } from './systems/process/processes.ts';
import { createRedis } from './systems/redis/redis.ts';
import { createRuntimes } from './systems/runtimes/runtimes.ts';
import { createSqlite } from './systems/sqlite/sqlite.ts';
import { createTls } from './systems/tls/tls.ts';

/** The observe door, built once for each process: the backend and the commands that run without it. */
export function createSystems(): Systems {
  const files = createFiles();
  return {
    compose: createCompose(files),
    cpu: createCpu(),
    docker: createDocker(environment),
    files,
    firewall: createFirewall(),
    gguf: createGguf(),
    git: createGit(),
    gpu: createGpu(),
    host: createHost(),
    http: createHttp(),
    kubernetes: createKubernetes(),
    mysql: createMysql(),
    network: createNetwork(),
    nginx: createNginx(files),
    postgres: createPostgres(),
    processes: createProcesses(),
    redis: createRedis(),
    sqlite: createSqlite(quickCheck),
    tls: createTls(),
    runtimes: createRuntimes(),
  };
}
