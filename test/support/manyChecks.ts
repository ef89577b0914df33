import type { Check } from '../../server/protocol/diagnosis.ts';

const done = (id: string, label: string, durationMs: number): Check => ({ id, label, state: 'done', durationMs });
/** As many as a real run has; their names are those of real ones. */
export const manyChecks: Check[] = [
  done('workspace.listing', 'files of the workspace', 12),
  done('workspace.env-files', 'env files', 4),
  done('workspace.compose', 'compose files', 18),
  done('workspace.source', 'source code', 31),
  done('targets', 'targets', 6),
  done('host.listeners', 'listening ports', 9),
  done('host.processes', 'running processes', 41),
  done('services.states', 'state of the services', 22),
  done('services.logs', 'logs', 57),
  done('endpoints.probes', 'databases, caches and peers', 38),
  done('engine.containers', 'containers', 16),
  done('engine.images', 'container images', 11),
  done('engine.events', 'events of the containers', 8),
  done('host.kernel', 'kernel log', 14),
  done('host.resources', 'CPU, memory and disks', 312),
  done('host.filesystems', 'disks', 3),
  done('tls.peers', 'certificates of peers', 0),
  done('cluster.state', 'Kubernetes', 0),
  done('model.files', 'model files', 2),
  done('gpu.sight', 'graphics processors', 5),
];
/** The same, some of them otherwise. */
export const withChecks = (...changed: Check[]): Check[] =>
  manyChecks.map((check) => changed.find(({ id }) => id === check.id) ?? check);
/** A database that hangs, another check that waits for it, and a tool that failed. */
const liveChecks = withChecks(
  { id: 'endpoints.probes', label: 'databases, caches and peers', state: 'running', durationMs: 2_431 },
  { id: 'workspace.source', label: 'source code', state: 'running', durationMs: 1_200, essential: true },
  { id: 'tls.peers', label: 'certificates of peers', state: 'waiting', durationMs: 0 },
  {
    id: 'gpu.sight',
    label: 'graphics processors',
    state: 'failed',
    durationMs: 4_002,
    because: 'nvidia-smi did not end within 4 s',
  },
  {
    id: 'engine.events',
    label: 'events of the containers',
    state: 'skipped',
    durationMs: 1_804,
    because: 'skipped by you',
  },
);
/** A run that goes on for two seconds. */
export const liveRun = { done: 17, total: 20, label: 'databases, caches and peers', checks: liveChecks };
