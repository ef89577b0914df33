import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { incidentsRunner } from './incidentsRunner.ts';
import { findWorkbench } from './installWorkbench.ts';
import { loghub } from './templateAccuracy.ts';

/** What tests need besides the checkout. Each of them may be missing on a user's machine. */
export type SystemName =
  | ('postgres' | 'redis' | 'mariadb' | 'docker' | 'podman' | 'chromium' | 'nginx' | 'openssl' | 'nft' | 'iptables')
  | ('root' | 'mount' | 'cgroups' | 'linux' | 'incidents' | 'workbench' | 'loghub')
  /** gzip, zstd, bzip2 and xz, to pack what is unpacked; and journalctl. */
  | ('packers' | 'journalctl');

export interface SystemAvailability {
  available: boolean;
  /** Why it is not available, for a person; empty when it is. */
  because: string;
}

/**
 * Says whether a system is here, for `describe.skipIf(!system.available)`. A missing one is noted in the file that
 * `TEKTRA_NOT_VERIFIED` names, which the test runner prints at its end.
 * @throws Error when it is missing and `TEKTRA_REQUIRE_ALL=1` says that everything must be verified
 */
export function requireSystem(name: SystemName): SystemAvailability {
  const because = CHECKS[name]();
  if (because === '') return { available: true, because };
  if (process.env.TEKTRA_REQUIRE_ALL === '1') throw new Error(`${name} is required here: ${because}`);
  const report = process.env.TEKTRA_NOT_VERIFIED;
  if (report !== undefined && report !== '') appendFileSync(report, `not verified here: ${name}: ${because}\n`);
  return { available: false, because };
}

/** Each answers why its system is missing, or '' when it is there. */
const CHECKS: Readonly<Record<SystemName, () => string>> = {
  postgres: () =>
    postgresBinary('initdb') === undefined ? 'initdb is neither in /usr/lib/postgresql nor on PATH' : '',
  redis: () => missingProgram('redis-server'),
  packers: () => ['gzip', 'zstd', 'bzip2', 'xz'].map(missingProgram).find((because) => because !== '') ?? '',
  journalctl: () => missingProgram('journalctl'),
  mariadb: () => missingProgram('mariadbd'),
  docker: () => (succeeds(['docker', 'info']) ? '' : 'no Docker daemon answers'),
  podman: () => missingProgram('podman') || missingProgram('runc'),
  chromium: () => missingProgram('chromium'),
  nginx: () => missingProgram('nginx'),
  openssl: () => missingProgram('openssl'),
  nft: () => firewallMissing('nft', ['list', 'tables']),
  iptables: () => firewallMissing('iptables', ['-w', '-S', 'OUTPUT']),
  root: () => (process.getuid?.() === 0 ? '' : 'the tests do not run as root'),
  mount: mountMissing,
  cgroups: () =>
    process.getuid?.() === 0 && existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes')
      ? ''
      : 'cgroups of version 1 that root may make are not here',
  linux: () => (process.platform === 'linux' ? '' : `this is ${process.platform}`),
  incidents: () => (existsSync(incidentsRunner) ? '' : 'the incidents do not lie beside the checkout'),
  loghub: () => (existsSync(loghub) ? '' : 'the labelled logs do not lie beside the checkout'),
  workbench: () => (findWorkbench() === undefined ? 'the web workbench is not installed: npm run workbench' : ''),
};

function mountMissing(): string {
  if (process.getuid?.() !== 0) return 'loop devices need root';
  return missingProgram('mkfs.ext4') || (existsSync('/dev/loop-control') ? '' : 'there are no loop devices');
}

function firewallMissing(name: string, args: readonly string[]): string {
  if (process.getuid?.() !== 0) return 'rules of the firewall need root';
  const program = findProgram(name);
  if (program === undefined) return `${name} is not installed`;
  return succeeds([program, ...args]) ? '' : `the kernel here knows no ${name}`;
}

function missingProgram(name: string): string {
  return findProgram(name) === undefined ? `${name} is not installed` : '';
}

/** Full path of a program on PATH or in the folders for administrators, which a user's PATH often lacks. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/** Full path of one of PostgreSQL's own programs, of the newest version that Debian installed. */
export function postgresBinary(name: string): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const installed = versions.map((version) => path.join(root, version, 'bin', name)).find((file) => existsSync(file));
  return installed ?? findProgram(name);
}

function succeeds([file, ...args]: [string, ...string[]]): boolean {
  return spawnSync(file, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;
}
