import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import type { PodFacts } from '../../../systems/kubernetes/kubernetes.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { clusterEvidence, eventEvidence, eventOf, lineEdit, podEvidence, shareOf } from '../../clusterText.ts';
import { type AskedCluster, clusterState, type WorkloadState } from '../../observers/clusterState.ts';
import { type ManifestObject, templatePath, valueAt } from '../../targets/manifestObject.ts';

export const podConfigMissing = defineCause({
  id: 'pod.config-missing',
  category: 'kubernetes',
  summary: 'A ConfigMap, a Secret or a key of one that the pod needs is not there',
  advice: {
    sure: 'The kubelet says which name or key it cannot find, and the cluster has none of that name.',
    first: 'Create the missing object in the namespace of the pod, or correct the name in the manifest.',
    verify: 'The pod leaves CreateContainerConfigError or ContainerCreating and becomes Ready.',
  },
  needs: { cluster: clusterState },
  explains: ['service.no-endpoints', 'pod.crash-loop', 'job.failed'],
  judge: (facts) =>
    facts.cluster.kind !== 'asked'
      ? []
      : facts.cluster.workloads
          .filter(({ manifest }) => manifest.kind !== 'Service')
          .flatMap((state) => judgeWorkload(state, facts.cluster as AskedCluster)),
});

interface Missing {
  kind: 'ConfigMap' | 'Secret';
  name: string;
  key: string | undefined;
  pod: PodFacts;
  evidence: Evidence;
}

function judgeWorkload(state: WorkloadState, cluster: AskedCluster): Judgement[] {
  const found = state.pods.flatMap((pod) => missingOf(state, pod, cluster.now));
  const distinct = new Map(found.map((each) => [`${each.kind}/${each.name}/${each.key ?? ''}`, each]));
  return [...distinct.values()].map((missing) => {
    const { kind, name, key } = missing;
    const target = state.target.name;
    const names = kind === 'ConfigMap' ? state.facts.configMaps : state.facts.secrets;
    const what = key === undefined ? `${kind} ${name}` : `key ${key} of ${kind} ${name}`;
    // The kubelet tries again within a minute or two; until then its last word is of the time before.
    if (key === undefined && names?.has(name))
      return refuted({
        target,
        because: `${what} is there now; the kubelet tries again by itself`,
        evidence: [missing.evidence],
      });
    const waits = new Set(
      found.filter((each) => each.kind === kind && each.name === name).map((each) => each.pod.name),
    );
    const at = referenceOf(state.manifest, missing);
    const near = key === undefined ? nearName(name, names) : undefined;
    const declared = cluster.objects.find(
      (object) =>
        object.kind === kind && object.name === name && (object.namespace ?? state.namespace) === state.namespace,
    );
    return proved({
      target,
      summary: `${target} cannot start: ${what} does not exist in namespace ${state.namespace} (${shareOf(waits.size, state.pods.length)})${
        declared && key === undefined
          ? `; ${declared.file} declares it, but it was not applied`
          : near
            ? `; there is one named ${near}`
            : ''
      }`,
      evidence: [
        missing.evidence,
        ...(names && key === undefined
          ? [
              clusterEvidence(
                `kubectl -n ${state.namespace} get ${kind.toLowerCase()}s`,
                names.size === 0 ? `no ${kind} at all` : `names: ${[...names].slice(0, 12).join(', ')}`,
              ),
            ]
          : []),
        { kind: 'config', source: `${state.manifest.file}:${at?.line ?? state.manifest.line}`, text: `needs ${what}` },
        ...(declared
          ? [{ kind: 'config' as const, source: `${declared.file}:${declared.line}`, text: `declares ${kind} ${name}` }]
          : []),
      ],
      fixes: fixesFor(state, missing, { declared, near, at }, cluster),
    });
  });
}

/** What the kubelet says of containers that it cannot configure and of volumes that it cannot mount. */
function missingOf(state: WorkloadState, pod: PodFacts, now: Date): Missing[] {
  const waiting = pod.containers.flatMap(({ name, waiting: wait }) =>
    wait?.reason === 'CreateContainerConfigError'
      ? [{ message: wait.message, evidence: podEvidence(pod, `${name}: ${wait.reason}: ${wait.message}`) }]
      : [],
  );
  const creating = pod.containers.some(({ waiting: wait }) =>
    /^(?:ContainerCreating|PodInitializing)$/.test(wait?.reason ?? ''),
  );
  const mount = creating ? eventOf(state, pod.name, /^FailedMount$/, now, /not found|non-existent/) : undefined;
  const said = [...waiting, ...(mount ? [{ message: mount.message, evidence: eventEvidence(mount) }] : [])];
  return said.flatMap(({ message, evidence }): Missing[] => {
    const text = message.slice(0, 4_000);
    const key = /couldn't find key (\S{1,253}) in (ConfigMap|Secret) (?:[^/\s]{1,63}\/)?(\S{1,253})/.exec(text);
    if (key) return [{ kind: key[2] as Missing['kind'], name: key[3] as string, key: key[1] as string, pod, evidence }];
    const absent = /\b(configmap|secret) "([^"]{1,253})" not found/i.exec(text);
    if (absent)
      return [{ kind: kindOf(absent[1] as string), name: absent[2] as string, key: undefined, pod, evidence }];
    const mounted = /(configmap|secret)? ?references non-existent (?:config|secret) key: (\S{1,253})/.exec(text);
    const volume = /for volume "([^"]{1,253})"/.exec(text)?.[1];
    const source = mounted && volume !== undefined ? volumeSource(state.manifest, volume) : undefined;
    return source && mounted ? [{ ...source, key: mounted[2] as string, pod, evidence }] : [];
  });
}

function kindOf(word: string): Missing['kind'] {
  return word.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap';
}

function volumeSource(manifest: ManifestObject, volume: string): Pick<Missing, 'kind' | 'name'> | undefined {
  const volumes = valueAt(manifest.value, [...templatePath(manifest.kind), 'spec', 'volumes']);
  const mine = Array.isArray(volumes) ? volumes.find((each) => valueAt(each, ['name']) === volume) : undefined;
  const map = valueAt(mine, ['configMap', 'name']);
  if (typeof map === 'string') return { kind: 'ConfigMap', name: map };
  const secret = valueAt(mine, ['secret', 'secretName']);
  return typeof secret === 'string' ? { kind: 'Secret', name: secret } : undefined;
}

/** Where the manifest names the object (and the key, when that is what is missing). */
function referenceOf(manifest: ManifestObject, { kind, name, key }: Missing): { line: number } | undefined {
  const fields =
    kind === 'ConfigMap' ? /^(?:configMapRef|configMapKeyRef|configMap)$/ : /^(?:secretRef|secretKeyRef|secret)$/;
  const search = (value: unknown, path: readonly (string | number)[], depth: number): number | undefined => {
    if (typeof value !== 'object' || value === null || depth > 20) return undefined;
    for (const [step, inner] of Object.entries(value)) {
      const at = [...path, Array.isArray(value) ? Number(step) : step];
      if (fields.test(step)) {
        const field =
          valueAt(inner, ['name']) === name
            ? 'name'
            : valueAt(inner, ['secretName']) === name
              ? 'secretName'
              : undefined;
        const fits = key === undefined || valueAt(inner, ['key']) === undefined || valueAt(inner, ['key']) === key;
        if (field !== undefined && fits)
          return manifest.lineOf([...at, key !== undefined && valueAt(inner, ['key']) === key ? 'key' : field]);
      }
      const deeper = search(inner, at, depth + 1);
      if (deeper !== undefined) return deeper;
    }
    return undefined;
  };
  const line = search(manifest.value, [], 0);
  return line === undefined ? undefined : { line };
}

/** The one name that differs in a letter or two, or by an ending. */
function nearName(name: string, names: ReadonlySet<string> | undefined): string | undefined {
  const near = [...(names ?? [])].filter(
    (other) =>
      distance(name, other) <= 2 ||
      (other.length > 3 && (name.startsWith(`${other}-`) || other.startsWith(`${name}-`))),
  );
  return near.length === 1 ? near[0] : undefined;
}

/** Levenshtein; names are at most 253 characters. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (row[j] as number) + 1,
          (next[j - 1] as number) + 1,
          (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[b.length] as number;
}

function fixesFor(
  { manifest, namespace }: WorkloadState,
  { kind, name, key }: Missing,
  {
    declared,
    near,
    at,
  }: { declared: ManifestObject | undefined; near: string | undefined; at: { line: number } | undefined },
  cluster: AskedCluster,
): Fix[] {
  if (key !== undefined) return [];
  const verify = `kubectl -n ${namespace} get pods: the pods of ${manifest.name} start.`;
  if (declared)
    return [
      {
        title: `Apply ${declared.file}, which declares ${kind} ${name}`,
        risk: 'write',
        changes: [
          {
            kind: 'command',
            argv: ['kubectl', 'apply', '-n', namespace, '-f', declared.file],
            // Only what was missing is taken away again; the file may hold more, which was there before.
            undo: ['kubectl', 'delete', kind.toLowerCase(), name, '-n', namespace, '--ignore-not-found'],
          },
        ],
        undo: true,
        verify,
      },
    ];
  const text = at && cluster.lineOf(manifest.file, at.line);
  const edit = near === undefined ? undefined : lineEdit(manifest.file, at?.line, text, name, near);
  if (!edit) return [];
  return [
    {
      title: `Name ${near} instead of ${name}, and apply the manifest`,
      risk: 'write',
      changes: [edit, { kind: 'command', argv: ['kubectl', 'apply', '-n', namespace, '-f', manifest.file] }],
      undo: false,
      verify,
    },
  ];
}
