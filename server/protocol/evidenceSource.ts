import type { Evidence } from './diagnosis.ts';

export interface SourceLocation {
  /** Relative to the workspace, with `/`. */
  path: string;
  /** 1-based. */
  line: number;
}

/** Kinds of evidence that may stand in a file; the source of the others only looks like `path:line` (`127.0.0.1:8000`). */
const inFiles: ReadonlySet<Evidence['kind']> = new Set(['log', 'file', 'config', 'code']);

/** The place that a piece of evidence names, when a person can open it: `path:line` inside the workspace. */
export function evidenceLocation(evidence: Pick<Evidence, 'kind' | 'source'>): SourceLocation | undefined {
  return inFiles.has(evidence.kind) ? parseLocation(evidence.source) : undefined;
}

/** Reads `path:line`. URLs, absolute paths and paths that leave the workspace are no locations. */
export function parseLocation(source: string): SourceLocation | undefined {
  const match = /^(?<path>.+):(?<line>[1-9]\d{0,9})$/s.exec(source);
  const path = match?.groups?.path;
  if (path === undefined || path.includes('://') || /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path)) return undefined;
  if (path.split(/[/\\]/).includes('..')) return undefined;
  return { path, line: Number(match?.groups?.line) };
}
