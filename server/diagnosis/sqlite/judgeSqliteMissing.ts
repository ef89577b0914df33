import path from 'node:path';
import type { Evidence, Fix } from '../../protocol/diagnosis.ts';
import { proved, refuted } from '../cause.ts';
import { logEvidence } from '../evidence.ts';
import type { SqliteFile } from '../observers/sqliteFiles.ts';
import { mayWrite } from './judgeSqliteReadOnly.ts';
import { fileEvidence, type JudgeFile, namedEvidence, nameOf, stateText } from './sqliteText.ts';

export const judgeSqliteMissing: JudgeFile = (found) => {
  const { answer, complaints } = found;
  if (answer.kind === 'empty' && complaints.noTable) return [emptyFile(found, complaints.noTable)];
  const complaint = complaints.cannotOpen;
  if (!complaint) return [];
  const { endpoint, folder, namesakes } = found;
  const target = endpoint.name;
  const name = nameOf(found);
  const log = logEvidence(complaint.entry);
  if (answer.kind !== 'absent')
    return [
      refuted({ target, because: `${name} exists`, evidence: [fileEvidence(found, stateText(found.file)), log] }),
    ];
  const isFolderMissing = folder.kind === 'absent';
  if (!isFolderMissing) {
    // It would have been made there: that it may not be is another cause's.
    if (!mayWrite(folder, 'folder', complaint.state.processes[0]?.uid)) return [];
    if ('modifiedAt' in folder && folder.modifiedAt > complaint.entry.log.modifiedAt)
      return [
        refuted({
          target,
          because: `the folder of ${name} was changed after that error`,
          evidence: [{ kind: 'filesystem', source: path.dirname(found.path), text: stateText(folder) }, log],
        }),
      ];
  }
  const reason = isFolderMissing ? `its folder ${path.posix.dirname(name)} does not exist` : 'there is no such file';
  return [
    proved({
      target,
      summary: `${complaint.state.service.name} cannot open its SQLite database ${name}: ${reason}${elsewhere(namesakes)}`,
      evidence: [
        fileEvidence(found, isFolderMissing ? 'the folder does not exist' : 'does not exist'),
        ...namesakes.map(namesakeEvidence),
        namedEvidence(found),
        log,
      ],
      fixes: namesakes.length === 0 ? makeFolders(found) : [],
      advice: {
        sure: 'The service cannot open it, and nothing lies at the path that it names.',
        first: adviceFor(found, isFolderMissing ? 'Create the folder' : 'Run the migrations that create the database'),
        verify: 'The service opens its database, and its errors stop.',
      },
    }),
  ];
};

function emptyFile(found: SqliteFile, complaint: NonNullable<SqliteFile['complaints']['noTable']>) {
  const name = nameOf(found);
  return proved({
    target: found.endpoint.name,
    summary: `The SQLite database ${name} is an empty file, so ${complaint.state.service.name} finds none of its tables${elsewhere(found.namesakes)}`,
    evidence: [
      fileEvidence(found, '0 bytes: SQLite makes such a file of any path that it is given'),
      ...found.namesakes.map(namesakeEvidence),
      namedEvidence(found),
      logEvidence(complaint.entry),
    ],
    advice: {
      sure: 'The file holds not one byte, and the service misses a table in it.',
      first: adviceFor(found, 'Run the migrations that create the tables'),
      verify: 'The same query succeeds.',
    },
  });
}

function adviceFor({ namesakes: [first] }: SqliteFile, otherwise: string): string {
  return first === undefined
    ? `${otherwise}, or correct the path.`
    : `Correct the path if ${first} is meant, or start the service in the folder from which the path is right.`;
}

function elsewhere([first]: readonly string[]): string {
  return first === undefined ? '' : `; there is one at ${first}`;
}

function namesakeEvidence(file: string): Evidence {
  return { kind: 'filesystem', source: file, text: 'a file of the same name' };
}

/** One step for each folder, so that each can be taken back. */
function makeFolders({ missingFolders }: SqliteFile): Fix[] {
  const last = missingFolders.at(-1);
  if (last === undefined) return [];
  return [
    {
      title: `Create the folder ${last}`,
      risk: 'write',
      changes: missingFolders.map((folder) => ({
        kind: 'command',
        argv: ['mkdir', '--', folder],
        undo: ['rmdir', '--', folder],
      })),
      undo: true,
      verify: 'The service opens its database; then run the migrations.',
    },
  ];
}
