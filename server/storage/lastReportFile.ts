import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DiagnosisReport } from '../protocol/diagnosis.ts';

/** The last report that a terminal was shown of each folder: `tektra fix f1` means the f1 of that one. */
export interface LastReports {
  save(report: DiagnosisReport): Promise<void>;
  get(workspace: string): Promise<DiagnosisReport | undefined>;
}

/** One file for each folder; reports were redacted before they got here. */
export function createLastReports(folder: string): LastReports {
  const fileOf = (workspace: string): string =>
    path.join(folder, `${createHash('sha256').update(workspace).digest('hex').slice(0, 32)}.json`);
  return {
    async save(report) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = fileOf(report.workspace);
      const temporary = `${file}.${randomBytes(4).toString('hex')}`;
      await writeFile(temporary, JSON.stringify(report), { mode: 0o600 });
      await rename(temporary, file);
    },
    async get(workspace) {
      const text = await readFile(fileOf(workspace), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      // A report of an older version that no longer fits is as good as none.
      return text === undefined ? undefined : DiagnosisReport.safeParse(JSON.parse(text)).data;
    },
  };
}
