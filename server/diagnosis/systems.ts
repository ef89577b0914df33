import type { Compose } from '../systems/compose/compose.ts';
import type { Cpu } from '../systems/cpu/cpu.ts';
import type { Docker } from '../systems/docker/docker.ts';
import type { Files } from '../systems/files/files.ts';
import type { Firewall } from '../systems/firewall/firewall.ts';
import type { Gguf } from '../systems/gguf/gguf.ts';
import type { Git } from '../systems/git/git.ts';
import type { Gpu } from '../systems/gpu/gpu.ts';
import type { Host } from '../systems/host/host.ts';
import type { Http } from '../systems/http/http.ts';
import type { Kubernetes } from '../systems/kubernetes/kubernetes.ts';
import type { Mysql } from '../systems/mysql/mysql.ts';
import type { Network } from '../systems/network/network.ts';
import type { Nginx } from '../systems/nginx/nginx.ts';
import type { Postgres } from '../systems/postgres/postgres.ts';
import type { Processes } from '../systems/process/processes.ts';
import type { Redis } from '../systems/redis/redis.ts';
import type { Runtimes } from '../systems/runtimes/runtimes.ts';
import type { Sqlite } from '../systems/sqlite/sqlite.ts';
import type { Tls } from '../systems/tls/tls.ts';

/** The observe door: everything that a diagnosis may look at. */
export interface Systems {
  compose: Compose;
  cpu: Cpu;
  docker: Docker;
  files: Files;
  firewall: Firewall;
  gguf: Gguf;
  git: Git;
  gpu: Gpu;
  host: Host;
  http: Http;
  kubernetes: Kubernetes;
  mysql: Mysql;
  network: Network;
  nginx: Nginx;
  postgres: Postgres;
  processes: Processes;
  redis: Redis;
  sqlite: Sqlite;
  tls: Tls;
  runtimes: Runtimes;
}
