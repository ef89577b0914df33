import { type Finding, isUndoable, type RuledOut, type Unknown } from '../protocol/diagnosis.ts';
import { type Cause, HOST_TARGET, type Judgement, type Proved } from './cause.ts';
import type { Target } from './targets/target.ts';

export interface Judged {
  cause: Cause;
  judgement: Judgement;
}

export interface Verdict {
  findings: Finding[];
  ruledOut: RuledOut[];
  unknown: Unknown[];
}

interface Node {
  cause: Cause;
  proved: Proved;
  key: string;
  explains: Set<Node>;
  explainedBy: Set<Node>;
}

/**
 * Elimination: what was proved is ordered by who explains whom along the targets' dependency edges.
 * The root is the proved finding that no other explains. Independent of the order in which causes were judged.
 */
export function reachVerdict(judged: readonly Judged[], targets: readonly Target[]): Verdict {
  const nodes = toNodes(judged);
  link(nodes, dependents(targets));
  const ordered = order(nodes);
  const ids = new Map(ordered.map((node, index) => [node, `f${index + 1}`]));
  const findings = ordered.map(
    (node): Finding => ({
      id: ids.get(node) as string,
      cause: node.cause.id,
      category: node.cause.category,
      target: node.proved.target,
      summary: node.proved.summary,
      confidence: node.proved.confidence,
      explains: [...node.explains].map((other) => ids.get(other) as string).sort(byNumber),
      evidence: node.proved.evidence,
      advice: { ...node.cause.advice, ...node.proved.advice },
      fixes: node.proved.fixes.map((fix) => ({
        ...fix,
        undo: fix.changes.length > 0 && fix.changes.every(isUndoable),
      })),
    }),
  );
  const provedKeys = new Set(nodes.map((node) => `${node.cause.id} ${node.proved.target}`));
  const ruledOut = judged
    .flatMap(({ cause, judgement }): RuledOut[] =>
      judgement.verdict === 'refuted' && !provedKeys.has(`${cause.id} ${judgement.target}`)
        ? [{ cause: cause.id, target: judgement.target, because: judgement.because, evidence: judgement.evidence }]
        : [],
    )
    .sort((a, b) => compare(`${a.cause} ${a.target} ${a.because}`, `${b.cause} ${b.target} ${b.because}`));
  const unknown = judged
    .flatMap(({ cause, judgement }): Unknown[] =>
      judgement.verdict === 'unknown'
        ? [
            {
              cause: cause.id,
              because: judgement.because,
              ...(judgement.target === undefined ? {} : { target: judgement.target }),
              ...(judgement.next === undefined ? {} : { next: judgement.next }),
            },
          ]
        : [],
    )
    .sort((a, b) => compare(`${a.cause} ${a.target ?? ''} ${a.because}`, `${b.cause} ${b.target ?? ''} ${b.because}`));
  return { findings, ruledOut, unknown };
}

function toNodes(judged: readonly Judged[]): Node[] {
  const nodes = new Map<string, Node>();
  for (const { cause, judgement } of judged) {
    if (judgement.verdict !== 'proved') continue;
    const key = `${cause.id} ${judgement.target} ${judgement.summary}`;
    if (!nodes.has(key)) nodes.set(key, { cause, proved: judgement, key, explains: new Set(), explainedBy: new Set() });
  }
  return [...nodes.values()].sort((a, b) => compare(a.key, b.key));
}

/** For each target, those that depend on it over any number of edges. */
function dependents(targets: readonly Target[]): Map<string, Set<string>> {
  const direct = new Map<string, string[]>();
  for (const target of targets)
    for (const edge of target.dependsOn) direct.set(edge.target, [...(direct.get(edge.target) ?? []), target.name]);
  const reach = (name: string): Set<string> => {
    const seen = new Set<string>();
    const todo = [...(direct.get(name) ?? [])];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      todo.push(...(direct.get(next) ?? []));
    }
    return seen;
  };
  return new Map(targets.map((target) => [target.name, reach(target.name)]));
}

function link(nodes: readonly Node[], reach: ReadonlyMap<string, ReadonlySet<string>>): void {
  const explains = (a: Node, b: Node): boolean =>
    a !== b &&
    a.cause.explains.includes(b.cause.id) &&
    // A guess does not explain away what is proved.
    (a.proved.confidence === 'proved' || b.proved.confidence === 'likely') &&
    (a.proved.target === b.proved.target ||
      a.proved.target === HOST_TARGET ||
      reach.get(a.proved.target)?.has(b.proved.target) === true);
  for (const a of nodes) {
    for (const b of nodes) {
      // Two findings that could explain each other: the one that comes first in the sorted list is taken as the deeper.
      if (!explains(a, b) || reaches(b, a)) continue;
      a.explains.add(b);
      b.explainedBy.add(a);
    }
  }
}

function reaches(from: Node, to: Node): boolean {
  const seen = new Set<Node>();
  const todo = [...from.explains];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    todo.push(...next.explains);
  }
  return false;
}

/** What breaks nothing comes last. Roots first: proved before likely, then the one that explains most, then by name; below each root what follows from it. */
function order(nodes: readonly Node[]): Node[] {
  const weight = new Map(nodes.map((node) => [node, explainedCount(node)]));
  const depth = new Map<Node, number>();
  const depthOf = (node: Node): number => {
    const known = depth.get(node);
    if (known !== undefined) return known;
    const value = node.explainedBy.size === 0 ? 0 : 1 + Math.max(...[...node.explainedBy].map(depthOf));
    depth.set(node, value);
    return value;
  };
  const certainty = (node: Node): number => (node.proved.confidence === 'proved' ? 0 : 1);
  const outOfTheWay = (node: Node): number => (node.cause.breaksNothing || node.proved.breaksNothing ? 1 : 0);
  return [...nodes].sort(
    (a, b) =>
      outOfTheWay(a) - outOfTheWay(b) ||
      depthOf(a) - depthOf(b) ||
      certainty(a) - certainty(b) ||
      (weight.get(b) as number) - (weight.get(a) as number) ||
      b.proved.evidence.length - a.proved.evidence.length ||
      compare(a.key, b.key),
  );
}

function explainedCount(node: Node): number {
  const seen = new Set<Node>();
  const todo = [...node.explains];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    todo.push(...next.explains);
  }
  return seen.size;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byNumber(a: string, b: string): number {
  return Number(a.slice(1)) - Number(b.slice(1));
}
