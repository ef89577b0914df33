import type { Evidence } from '../../protocol/diagnosis.ts';
import { type Judgement, proved, refuted, unknown } from '../cause.ts';
import { logEvidence } from '../evidence.ts';
import type { SqliteFile } from '../observers/sqliteFiles.ts';
import { fileEvidence, type JudgeFile, namedEvidence, nameOf, said } from './sqliteText.ts';

export const judgeSqliteCorrupt: JudgeFile = (found) => {
  const { endpoint, answer, complaints } = found;
  const target = endpoint.name;
  const complaint = complaints.corrupt;
  const name = nameOf(found);
  // A stranger's file is no trouble until somebody takes it for a database.
  if (answer.kind === 'foreign') return complaint ? [foreign(found, answer)] : [];
  const damage = damageOf(found);
  if (damage !== undefined)
    return [
      proved({
        target,
        confidence: complaint ? 'proved' : 'likely',
        summary: `The SQLite database ${name} is damaged: ${damage}`,
        evidence: [fileEvidence(found, damage), namedEvidence(found), ...said(complaint)],
      }),
    ];
  if (!complaint) return [];
  const because = answer.kind === 'unreadable' ? answer.because : skipped(found);
  if (because !== undefined)
    return [
      unknown({
        target,
        because: `${name} was not checked: ${because}`,
        next: `stop what writes to it, and run sqlite3 ${name} 'PRAGMA integrity_check' on a copy`,
      }),
    ];
  if (answer.kind !== 'database') return [];
  return [
    refuted({
      target,
      because: `quick_check finds nothing wrong with ${name}`,
      evidence: [fileEvidence(found, 'quick_check: ok'), logEvidence(complaint.entry)],
    }),
  ];
};

function foreign(found: SqliteFile, answer: Extract<SqliteFile['answer'], { kind: 'foreign' }>): Judgement {
  const name = nameOf(found);
  const fact: Evidence = fileEvidence(found, `${answer.size} bytes, not those of an SQLite database: ${answer.looks}`);
  return proved({
    target: found.endpoint.name,
    confidence: answer.maybeEncrypted ? 'likely' : 'proved',
    summary: `${name} is no SQLite database: ${answer.looks}`,
    evidence: [fact, namedEvidence(found), ...said(found.complaints.corrupt)],
    advice: {
      first: answer.maybeEncrypted
        ? 'Find out whether it was encrypted: then the service lacks its key, or has a wrong one. If not, restore the last backup.'
        : 'Keep the file, find out what wrote it, and put the database there or correct the path.',
    },
  });
}

/** What is wrong with the bytes themselves; undefined when nothing is known to be. */
function damageOf({ answer }: SqliteFile): string | undefined {
  if (answer.kind !== 'database') return undefined;
  const { size, pageSize, pageCount, isCutShort, check } = answer;
  if (isCutShort && pageCount !== undefined)
    return `it was cut short, ${size} bytes are left of the ${pageCount * pageSize} that its header names`;
  return check.kind === 'malformed' ? `quick_check says "${check.because}"` : undefined;
}

function skipped({ answer }: SqliteFile): string | undefined {
  return answer.kind === 'database' && answer.check.kind === 'skipped' ? answer.check.because : undefined;
}
