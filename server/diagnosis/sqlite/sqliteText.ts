import type { Evidence } from '../../protocol/diagnosis.ts';
import type { PathState } from '../../systems/files/files.ts';
import type { Judgement } from '../cause.ts';
import type { Complaint } from '../endpointComplaint.ts';
import { logEvidence } from '../evidence.ts';
import type { SqliteFile } from '../observers/sqliteFiles.ts';
import { sourceText } from '../targets/target.ts';

/** What SQLite adds to the causes that every database shares. Each looks at one file. */
export type JudgeFile = (file: SqliteFile) => Judgement[];

/** As the workspace would write it. */
export function nameOf({ endpoint, path: absolute }: SqliteFile): string {
  return endpoint.database ?? absolute;
}

export function fileEvidence({ path: absolute }: SqliteFile, text: string): Evidence {
  return { kind: 'filesystem', source: absolute, text };
}

/** Where the workspace says that this is its database. */
export function namedEvidence({ endpoint }: SqliteFile): Evidence {
  const by = endpoint.variable === undefined ? 'the code opens' : `${endpoint.variable} names`;
  return {
    kind: endpoint.variable === undefined ? 'code' : 'config',
    source: sourceText(endpoint.at),
    text: `${by} ${endpoint.database}`,
  };
}

export function stateText(state: PathState): string {
  if (!('mode' in state)) return state.kind === 'unreachable' ? state.because : 'does not exist';
  return `${state.kind}, mode ${modeText(state.mode)}, owner uid ${state.uid}, group ${state.gid}`;
}

export function modeText(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

export function said(complaint: Complaint | undefined): Evidence[] {
  return complaint ? [logEvidence(complaint.entry)] : [];
}
