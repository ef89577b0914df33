import path from 'node:path';
import type { SourceFacts } from '../source/sourceFacts.ts';
import { isManifest, type ManifestObject, readManifest, templatePath, textsAt } from './manifestObject.ts';
import type { DependencyEdge, WorkloadTarget } from './target.ts';

/** The target that stands for the cluster's nodes: everything in it depends on it. */
export const CLUSTER_TARGET = 'cluster';

/** Kinds that run pods, or lead to them. ConfigMaps, Secrets and claims are read where a pod names them. */
const TARGET_KINDS = /^(?:Deployment|StatefulSet|DaemonSet|Job|CronJob|Pod|Service)$/;
const MAX_MANIFESTS = 200;

/** Workloads and Services of the workspace's Kubernetes manifests, with who leads to whom; none when there is no manifest. */
export async function discoverWorkloads(source: SourceFacts): Promise<WorkloadTarget[]> {
  const objects = await manifestObjects(source);
  const spaces = new Map<string, Set<string>>();
  const running = objects.filter(({ kind }) => TARGET_KINDS.test(kind));
  for (const object of running)
    spaces.set(plainName(object), (spaces.get(plainName(object)) ?? new Set()).add(object.namespace ?? ''));
  const named = new Map<string, ManifestObject>();
  for (const object of running) {
    const plain = plainName(object);
    const name = (spaces.get(plain)?.size ?? 0) > 1 ? `${plain} (${object.namespace ?? 'no namespace'})` : plain;
    const known = named.get(name);
    // A patch of an overlay names the same object with a part of its fields: the full one is the source.
    if (!known || weight(object) > weight(known)) named.set(name, object);
  }
  const all = [...named];
  const first = all[0]?.[1];
  if (!first) return [];
  const targets = all.map(([name, manifest]): WorkloadTarget => {
    const at = `${manifest.file}:${manifest.line}`;
    const backing = manifest.kind === 'Service' ? backingOf(manifest, all) : [];
    return {
      name,
      kind: 'workload',
      source: at,
      manifest,
      dependsOn: [...backing, { target: CLUSTER_TARGET, source: at }],
    };
  });
  return [
    ...targets,
    { name: CLUSTER_TARGET, kind: 'workload', source: first.file, manifest: undefined, dependsOn: [] },
  ];
}

/** Every object of every manifest of the workspace, also those that are no targets. */
export async function manifestObjects(source: SourceFacts): Promise<ManifestObject[]> {
  const texts = source.files
    .filter((file) => /\.(?:ya?ml|json)$/.test(file))
    .map((file) => [file, source.textOf(file) ?? ''] as const)
    .filter(([, text]) => isManifest(text));
  const objects = (
    await Promise.all(texts.slice(0, MAX_MANIFESTS).map(([file, text]) => readManifest(file, text)))
  ).flat();
  const spaces = await kustomizeSpaces(source);
  return objects.map((object) => {
    const namespace = object.namespace ?? spaceOf(object.file, spaces);
    return namespace === object.namespace ? object : { ...object, namespace };
  });
}

/** `deployment/api`, as kubectl would name it. */
function plainName({ kind, name }: ManifestObject): string {
  return `${kind.toLowerCase()}/${name}`;
}

function weight({ value }: ManifestObject): number {
  return JSON.stringify(value).length;
}

/** The workloads of the same namespace whose pods a Service selects. */
function backingOf(service: ManifestObject, all: readonly (readonly [string, ManifestObject])[]): DependencyEdge[] {
  const selector = Object.entries(textsAt(service.value, ['spec', 'selector']));
  if (selector.length === 0) return [];
  return all.flatMap(([target, workload]) => {
    if (workload.kind === 'Service' || workload.namespace !== service.namespace) return [];
    const labels = textsAt(workload.value, [...templatePath(workload.kind), 'metadata', 'labels']);
    if (!selector.every(([key, value]) => labels[key] === value)) return [];
    return [{ target, source: `${service.file}:${service.lineOf(['spec', 'selector']) ?? service.line}` }];
  });
}

/** The namespace that a kustomization gives to the files beside it, or to the folders that it takes in. */
async function kustomizeSpaces(source: SourceFacts): Promise<{ folder: string; namespace: string }[]> {
  const found: { folder: string; namespace: string }[] = [];
  for (const file of source.files.filter((each) => /(?:^|\/)kustomization\.ya?ml$/.test(each))) {
    const text = source.textOf(file) ?? '';
    const namespace = /^namespace:[ \t]*["']?([a-z0-9-]+)["']?[ \t]*(?:#.*)?$/m.exec(text)?.[1];
    if (namespace === undefined) continue;
    const folder = path.posix.dirname(file);
    const taken = [...text.matchAll(/^[ \t]*-[ \t]+["']?(\.{1,2}\/[\w./-]+)["']?[ \t]*$/gm)].map(([, each]) =>
      path.posix.join(folder, each as string).replace(/\/$/, ''),
    );
    for (const each of [folder, ...taken]) found.push({ folder: each, namespace });
  }
  return found;
}

/** Undefined when no kustomization, or several of different namespaces, take the file in. */
function spaceOf(file: string, spaces: readonly { folder: string; namespace: string }[]): string | undefined {
  const folder = path.posix.dirname(file);
  const names = new Set(
    spaces.filter((space) => space.folder === folder || space.folder === file).map((s) => s.namespace),
  );
  return names.size === 1 ? [...names][0] : undefined;
}
