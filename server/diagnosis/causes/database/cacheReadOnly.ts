import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { RedisFacts } from '../../../systems/redis/redis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { type Complaint, complaintOf, redisCli } from '../../endpointComplaint.ts';
import { addressOf, dependentsOf, endpointEvidence } from '../../endpointText.ts';
import { logEvidence } from '../../evidence.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { type SaveFolder, saveFolders } from '../../observers/saveFolders.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { envFiles } from '../../observers/workspaceFiles.ts';
import type { EnvFiles } from '../../targets/serviceEnvironment.ts';

const SAYS_READ_ONLY =
  /\bREADONLY You can't write against a read only|\bMISCONF (?:Redis|Valkey|Errors)|\bNOREPLICAS Not enough good/i;

export const cacheReadOnly = defineCause({
  id: 'cache.read-only',
  category: 'database',
  summary: 'The cache answers reads and refuses every write',
  advice: {
    sure: 'The cache itself reports the state in which it refuses writes.',
    first: 'Remove the reason that it gives: write to the master, make its disk writable, or bring its replicas back.',
    verify: 'A SET succeeds, and the service no longer logs READONLY, MISCONF or NOREPLICAS.',
  },
  needs: { probes: endpointProbes, states: serviceStates, folders: saveFolders, envFiles },
  explains: ['service.down', 'process.crash-loop', 'container.exited', 'container.unhealthy', 'container.restarting'],
  judge: ({ probes, states, folders, envFiles: files }) =>
    probes.flatMap((probe) => judgeProbe(probe, states, folders, files)),
});

/** Why writes are refused now. */
interface Refusal {
  code: 'READONLY' | 'MISCONF' | 'NOREPLICAS';
  summary: string;
  evidence: Evidence[];
  fixes: Fix[];
}

function judgeProbe(
  probe: EndpointProbe,
  states: readonly ServiceState[],
  folders: readonly SaveFolder[],
  files: EnvFiles,
): Judgement[] {
  const { endpoint, redis } = probe;
  if (redis?.kind !== 'pong') return [];
  const target = endpoint.name;
  const complaint = complaintOf(endpoint, states, SAYS_READ_ONLY);
  if (!redis.facts)
    return complaint
      ? [
          unknown({
            target,
            because: `${addressOf(endpoint)} does not let the service's login ask for its role and its last save`,
            next: 'look at INFO replication and INFO persistence as an administrator',
          }),
        ]
      : [];
  const { facts } = redis;
  const refusal = refusalOf(probe, facts, folders, files);
  if (!refusal) {
    if (!complaint) return [];
    const because = `${addressOf(endpoint)} takes writes: its role is ${redis.role}, its last save ${facts.lastSave === 'err' ? 'failed, but does not matter' : 'succeeded'}`;
    return [refuted({ target, because, evidence: [replicationEvidence(probe, facts), logEvidence(complaint.entry)] })];
  }
  // A replica that is only read from is as it should be; a failed save hits whoever writes.
  const isSuffered =
    refusal.code !== 'READONLY' &&
    (facts.errors.get(refusal.code) ?? 0) > 0 &&
    dependentsOf(endpoint, states).some(({ running }) => running);
  if (!complaint && !isSuffered) return [];
  return [
    proved({
      target,
      confidence: complaint ? 'proved' : 'likely',
      summary: `Redis at ${addressOf(endpoint)} refuses writes: ${refusal.summary}`,
      evidence: [...refusal.evidence, endpointEvidence(probe), ...said(complaint)],
      fixes: refusal.fixes,
    }),
  ];
}

function refusalOf(
  probe: EndpointProbe,
  facts: RedisFacts,
  folders: readonly SaveFolder[],
  files: EnvFiles,
): Refusal | undefined {
  const { replica, settings, goodReplicas = 0 } = facts;
  if (replica?.readOnly)
    return {
      code: 'READONLY',
      summary: `it is a replica of ${replica.masterHost}:${replica.masterPort}${replica.linkUp ? '' : ', which it has lost'}`,
      evidence: [replicationEvidence(probe, facts)],
      fixes: replica.linkUp ? useMaster(probe, replica, files) : [],
    };
  const refusesAfterSave = settings.refusesWritesAfterFailedSave !== false && settings.savePoints !== '';
  if ((facts.lastSave === 'err' && refusesAfterSave) || facts.lastAppend === 'err') {
    const folder = folders.find(({ endpoint }) => endpoint === probe.endpoint.name);
    const place = folder?.path ?? settings.folder ?? 'its folder';
    const argv = folder?.obstacle === undefined ? redisCli(probe, 'bgsave') : undefined;
    return {
      code: 'MISCONF',
      summary: `it could not save its data in ${place}${folder?.obstacle === undefined ? '' : `, since ${folder.obstacle}`}`,
      evidence: [
        {
          kind: 'database',
          source: `redis://${addressOf(probe.endpoint)} INFO persistence`,
          text: `rdb_last_bgsave_status ${facts.lastSave}${facts.lastAppend === undefined ? '' : `, aof_last_write_status ${facts.lastAppend}`}, save "${settings.savePoints ?? 'unknown'}"`,
        },
        ...(folder ? [folder.evidence] : []),
      ],
      fixes: argv
        ? [
            {
              title: 'Let Redis save again, now that its folder can be written',
              risk: 'execute',
              changes: [{ kind: 'command', argv }],
              undo: false,
              verify: 'rdb_last_bgsave_status of INFO persistence is ok, and writes succeed.',
            },
          ]
        : [],
    };
  }
  if ((settings.minReplicas ?? 0) > goodReplicas)
    return {
      code: 'NOREPLICAS',
      summary: `min-replicas-to-write asks for ${settings.minReplicas} replicas in good health, and it has ${goodReplicas}`,
      evidence: [replicationEvidence(probe, facts)],
      fixes: [],
    };
  return undefined;
}

function replicationEvidence(
  { endpoint, redis }: EndpointProbe,
  { replica, settings, goodReplicas }: RedisFacts,
): Evidence {
  const role = redis?.kind === 'pong' ? redis.role : undefined;
  const of = replica
    ? `, master ${replica.masterHost}:${replica.masterPort}, link ${replica.linkUp ? 'up' : 'down'}, read-only ${replica.readOnly ? 'yes' : 'no'}`
    : '';
  const wanted = settings.minReplicas
    ? `, min-replicas-to-write ${settings.minReplicas}, good replicas ${goodReplicas ?? 0}`
    : '';
  return {
    kind: 'database',
    source: `redis://${addressOf(endpoint)} INFO replication`,
    text: `role ${role ?? 'unknown'}${of}${wanted}`,
  };
}

function said(complaint: Complaint | undefined): Evidence[] {
  return complaint ? [logEvidence(complaint.entry)] : [];
}

/** The variable that names the replica is made to name its master. */
function useMaster(
  { endpoint }: EndpointProbe,
  { masterHost, masterPort }: { masterHost: string; masterPort: number },
  files: EnvFiles,
): Fix[] {
  const { at, host, port, variable } = endpoint;
  const before = files.get(at.file)?.lines[at.line - 1];
  const written = `${host}:${port}`;
  if (variable === undefined || before === undefined || before.split(written).length !== 2) return [];
  return [
    {
      title: `Let ${variable} name the master, ${masterHost}:${masterPort}`,
      risk: 'write',
      changes: [
        {
          kind: 'edit',
          file: at.file,
          line: at.line,
          before,
          after: before.replace(written, () => `${masterHost}:${masterPort}`),
        },
      ],
      undo: true,
      verify: 'Restart the service; its writes succeed.',
    },
  ];
}
