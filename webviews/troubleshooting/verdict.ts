import type { DiagnosisReport, Finding } from '../../server/protocol/diagnosis.ts';

/** A root cause with what follows from it. */
export interface RootCause {
  finding: Finding;
  /** What follows, level by level: `consequences[0]` follows from the root itself, the last are the outermost symptoms. */
  consequences: readonly (readonly Finding[])[];
}

/**
 * The findings of a report as root causes with their consequences. A finding that several roots explain stands under
 * the first of them; every finding appears exactly once, whatever `explains` says.
 */
export function rootCauses(report: Pick<DiagnosisReport, 'findings'>): RootCause[] {
  const explained = new Set(report.findings.flatMap(({ explains }) => explains));
  const byId = new Map(report.findings.map((finding) => [finding.id, finding]));
  const placed = new Set<string>();
  const roots = report.findings.filter(({ id }) => !explained.has(id));
  // Findings that explain each other in a circle have no root of their own: the first in order speaks for them.
  const ordered = [...new Set([...roots, ...report.findings])];
  return ordered.flatMap((finding) => {
    if (placed.has(finding.id)) return [];
    placed.add(finding.id);
    return [{ finding, consequences: levelsBelow(finding, byId, placed) }];
  });
}

/** Breadth first, each finding at its greatest distance, so that a symptom stands after all that it follows from. */
function levelsBelow(root: Finding, byId: ReadonlyMap<string, Finding>, placed: Set<string>): Finding[][] {
  const depths = new Map<string, number>();
  const visit = (finding: Finding, depth: number, path: ReadonlySet<string>): void => {
    for (const id of finding.explains) {
      const next = byId.get(id);
      if (!next || path.has(id) || placed.has(id) || (depths.get(id) ?? -1) >= depth) continue;
      depths.set(id, depth);
      visit(next, depth + 1, new Set([...path, id]));
    }
  };
  visit(root, 0, new Set([root.id]));
  const levels: Finding[][] = [];
  for (const [id, depth] of depths) {
    const finding = byId.get(id);
    if (!finding) continue;
    placed.add(id);
    levels[depth] = [...(levels[depth] ?? []), finding];
  }
  return levels.filter((level) => level !== undefined);
}

/** The verdict in a few words, for the page's heading. */
export function headline(report: Pick<DiagnosisReport, 'status' | 'findings'>): string {
  const roots = rootCauses(report).length;
  if (roots > 1) return `${roots} problems found`;
  if (roots === 1) return report.status === 'fail' ? 'Problem found' : 'Something to look at';
  return report.status === 'pass' ? 'Healthy' : 'Nothing found to be broken';
}
