import type { DoctorCheck, DoctorReport } from '../../protocol/doctor.ts';
import { TektraError } from '../../protocol/errors.ts';
import { withDeadline } from '../../runtime/deadline.ts';

export type DoctorAnswer = Pick<DoctorCheck, 'status' | 'detail'> & Partial<Pick<DoctorCheck, 'action'>>;

/** One thing that Tektra itself needs or can use. */
export interface DoctorExamination {
  name: string;
  title: string;
  timeoutMs: number;
  run(signal: AbortSignal): Promise<DoctorAnswer>;
}

export interface Doctor {
  examinations: readonly Pick<DoctorExamination, 'name' | 'title'>[];
  /**
   * Runs all examinations or the named ones, in parallel; one that crashes is a failed check, not an error.
   * @throws TektraError component.unknown
   */
  run(names: readonly string[] | undefined, signal: AbortSignal): Promise<DoctorReport>;
}

export function createDoctor(examinations: readonly DoctorExamination[]): Doctor {
  return {
    examinations,
    async run(names, signal) {
      const unknown = names?.find((name) => !examinations.some((examination) => examination.name === name));
      if (unknown !== undefined)
        throw new TektraError('component.unknown', `There is no check "${unknown}".`, {
          action: `Choose among: ${examinations.map(({ name }) => name).join(', ')}.`,
        });
      const chosen =
        names === undefined || names.length === 0
          ? examinations
          : examinations.filter(({ name }) => names.includes(name));
      const checks = await Promise.all(chosen.map((examination) => examine(examination, signal)));
      const status = checks.some((check) => check.status === 'fail')
        ? 'fail'
        : checks.some((check) => check.status === 'warn')
          ? 'warn'
          : 'pass';
      return { schema: 1, status, version: TEKTRA_VERSION, checks };
    },
  };
}

async function examine({ name, title, timeoutMs, run }: DoctorExamination, signal: AbortSignal): Promise<DoctorCheck> {
  const begin = performance.now();
  const answer = await withDeadline(run, timeoutMs, signal).catch(
    (error: unknown): DoctorAnswer => ({
      status: 'fail',
      detail: `the check itself failed: ${error instanceof Error ? error.message : String(error)}`,
    }),
  );
  return { name, title, ...answer, durationMs: Math.round(performance.now() - begin) };
}
