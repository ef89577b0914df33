import type { Evidence } from '../../protocol/diagnosis.ts';
import type { Filesystem } from '../../systems/host/host.ts';
import { sizeText } from '../diskText.ts';
import { addressOf } from '../endpointText.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { isLoopback } from '../targets/loopback.ts';
import { type EndpointProbe, endpointProbes } from './endpointProbes.ts';
import { hasNoSpace } from './filesystems.ts';
import { processList } from './machine.ts';

/** The folder in which a Redis of this machine failed to save. */
export interface SaveFolder {
  /** Name of the target. */
  endpoint: string;
  path: string;
  /** Why nothing can be written there; undefined when nothing speaks against it (any more). */
  obstacle: string | undefined;
  evidence: Evidence;
}

/** Looked at only for caches whose last save failed and that run here, outside of containers. */
export const saveFolders = defineObserver<SaveFolder[]>({
  id: 'caches.save-folders',
  label: 'folders of caches that failed to save',
  timeoutMs: 16_000,
  observe: async (run) => {
    const probes = await run.use(endpointProbes);
    return (await Promise.all(probes.map((probe) => look(probe, run)))).filter((each) => each !== undefined);
  },
});

async function look(probe: EndpointProbe, { systems, signal, use }: Observation): Promise<SaveFolder | undefined> {
  const { endpoint, redis, connection } = probe;
  const facts = redis?.kind === 'pong' ? redis.facts : undefined;
  const path = facts?.settings.folder;
  const isHere = isLoopback(connection?.address ?? '') && !endpoint.compose;
  if (!facts || path === undefined || !isHere) return undefined;
  if (facts.lastSave !== 'err' && facts.lastAppend !== 'err') return undefined;
  if (path === '') {
    // The kernel no longer has a name for the folder that the server works in.
    const source = `redis://${addressOf(endpoint)} CONFIG GET dir`;
    const evidence: Evidence = { kind: 'database', source, text: 'its working folder has no name any more' };
    return { endpoint: endpoint.name, path: 'its working folder', obstacle: 'that folder was removed', evidence };
  }
  const [state, filesystem, processes] = await Promise.all([
    systems.files.state(path),
    systems.host.filesystemOf(path, signal).catch((): Filesystem | undefined => undefined),
    use(processList).catch(() => []),
  ]);
  const server = processes.find(({ pid, name }) => pid === facts.processId && /^(?:redis|valkey|keydb)/.test(name));
  const found = { endpoint: endpoint.name, path };
  const told = (source: string, text: string): Evidence => ({ kind: 'filesystem', source, text });
  if (state.kind === 'absent')
    return { ...found, obstacle: 'the folder does not exist', evidence: told(path, 'does not exist') };
  if (state.kind === 'unreachable') return { ...found, obstacle: undefined, evidence: told(path, state.because) };
  if (filesystem?.readOnly)
    return {
      ...found,
      obstacle: `${filesystem.mountPoint} is mounted read-only`,
      evidence: told(`statfs ${filesystem.mountPoint}`, 'mounted read-only'),
    };
  if (filesystem && hasNoSpace(filesystem)) {
    const left = `${sizeText(filesystem.availableBytes)} of ${sizeText(filesystem.totalBytes)} available`;
    return {
      ...found,
      obstacle: `the disk at ${filesystem.mountPoint} is full`,
      evidence: told(`statfs ${filesystem.mountPoint}`, left),
    };
  }
  const uid = server?.uid;
  const mode = state.mode.toString(8).padStart(4, '0');
  const evidence = told(path, `${state.kind}, mode ${mode}, owner uid ${state.uid}, group ${state.gid}`);
  const bits = uid === state.uid ? 0o300 : 0o003;
  // The groups of the server are not known: theirs count with everyone's.
  const allowed = uid === undefined || uid === 0 || (state.mode & bits) === bits || (state.mode & 0o030) === 0o030;
  return { ...found, obstacle: allowed ? undefined : `its user (uid ${uid}) may not write there`, evidence };
}
