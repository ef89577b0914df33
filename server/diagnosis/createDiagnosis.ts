import path from 'node:path';
import type { History } from '../history/history.ts';
import { type DiagnosisReport, type DiagnosisRequest, type Finding, statusOf } from '../protocol/diagnosis.ts';
import { TektraError } from '../protocol/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { TimeLimitExceeded } from '../runtime/deadline.ts';
import { redactReport } from '../security/redactReport.ts';
import { createRedactor } from '../security/redactText.ts';
import { withholdQuotes } from '../security/withholdQuotes.ts';
import { fingerprintOf } from '../suppression/fingerprint.ts';
import type { Suppressions } from '../suppression/suppressions.ts';
import { answerOf, putAskedFirst, questionOf } from './asked.ts';
import type { Cause } from './cause.ts';
import { allCauses } from './causes.ts';
import type { Diagnosis } from './diagnosis.ts';
import { judgeCause } from './judgeCause.ts';
import { LiveChecks } from './liveChecks.ts';
import { type ObservationRun, startObservation } from './observationRun.ts';
import { secretsOf } from './observers/secrets.ts';
import { targetsOf } from './observers/targets.ts';
import { readableFolder } from './readableFolder.ts';
import type { Systems } from './systems.ts';
import type { Target } from './targets/target.ts';
import { type Judged, reachVerdict, type Verdict } from './verdict.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

export interface DiagnosisParts {
  systems: Systems;
  /** The environment that a service would inherit from the user's shell. */
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Without it nothing was seen before. */
  history?: History;
  /** Without it everything is told. */
  suppressions?: Suppressions;
  /** For tests; default: every cause there is. */
  causes?: readonly Cause[];
}

export function createDiagnosis(parts: DiagnosisParts): Diagnosis {
  const causes = parts.causes ?? allCauses;
  const kept = new Map<string, DiagnosisReport>();
  const summaryOf = (id: string): string => causes.find((cause) => cause.id === id)?.summary ?? id;

  const run: Diagnosis['run'] = async (request, { signal, onProgress, onStart }) => {
    const startedAt = parts.clock.now();
    const begin = parts.clock.monotonic();
    const workspace = await readableFolder(request.workspace);
    const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new TimeLimitExceeded(timeoutMs)), timeoutMs);
    const checks = new LiveChecks(parts.clock, onProgress);
    try {
      const observation = startObservation(
        {
          workspace,
          systems: parts.systems,
          environment: parts.environment,
          extraLogs: (request.logs ?? []).map((log) => path.resolve(workspace, log)),
          clock: parts.clock,
        },
        AbortSignal.any([signal, limit.signal]),
        checks,
      );
      onStart?.({ skip: observation.skip });
      const [judged, targets, secrets] = await Promise.all([
        judgeAll(causes, observation),
        observation.observe(targetsOf).catch((): Target[] => []),
        observation.observe(secretsOf).then(
          (known) => {
            checks.redactWith(createRedactor(known));
            return known;
          },
          () => undefined,
        ),
      ]);
      if (signal.aborted)
        throw new TektraError('request.cancelled', 'The diagnosis was cancelled.', { cause: signal.reason });
      if (request.target !== undefined && !targets.some((target) => target.name === request.target)) {
        const names = targets.map((target) => target.name).join(', ');
        throw new TektraError('target.unknown', `There is no target "${request.target}" in ${workspace}.`, {
          action: names === '' ? 'No target was found in this folder.' : `Choose one of: ${names}.`,
        });
      }
      const selected = select(reachVerdict(judged, targets), request, causes);
      const question = questionOf(request, targets);
      const verdict = question ? putAskedFirst(selected, question) : selected;
      const seen: DiagnosisReport = {
        schema: 1,
        status: statusOf(verdict.findings),
        workspace,
        startedAt: startedAt.toISOString(),
        durationMs: Math.round(parts.clock.monotonic() - begin),
        targets: targets.map(({ name, kind, source, dependsOn }) => ({
          name,
          kind,
          source,
          dependsOn: dependsOn.map((edge) => edge.target),
        })),
        ...(question ? { asked: { ...question, answer: '' } } : {}),
        ...verdict,
        checks: checks.list(),
      };
      const redacted = secrets ? redactReport(seen, secrets) : redactReport(withholdQuotes(seen, summaryOf), []);
      // After the redaction: its placeholders are stable, and no secret is to be told from a digest.
      const named: DiagnosisReport = {
        ...redacted,
        findings: redacted.findings.map((finding) => ({ ...finding, fingerprint: fingerprintOf(finding) })),
      };
      const held = parts.suppressions?.apply(named) ?? named;
      // The answer speaks of what is told only.
      const told =
        question && held.asked
          ? {
              ...held,
              asked: { ...held.asked, answer: answerOf(question, { ...verdict, findings: held.findings }, causes) },
            }
          : held;
      const whole = request.category === undefined && request.target === undefined;
      const report = (await parts.history?.remember(told, whole)) ?? told;
      kept.set(workspace, report);
      return report;
    } finally {
      clearTimeout(timer);
      checks.close();
      limit.abort();
    }
  };

  return { run, last: (workspace) => kept.get(workspace) ?? parts.history?.last(workspace) };
}

async function judgeAll(causes: readonly Cause[], observation: ObservationRun): Promise<Judged[]> {
  const all = await Promise.all(
    causes.map(async (cause): Promise<Judged[]> => {
      const judgements = await judgeCause(cause, observation);
      return judgements.map((judgement) => ({ cause, judgement }));
    }),
  );
  return all.flat();
}

/** The part of a verdict that was asked for: the findings of one category or target, with what explains them. */
function select(verdict: Verdict, request: DiagnosisRequest, causes: readonly Cause[]): Verdict {
  const { category, target } = request;
  if (category === undefined && target === undefined) return verdict;
  const asked = (finding: Finding): boolean =>
    (category === undefined || finding.category === category) && (target === undefined || finding.target === target);
  const keep = new Set(verdict.findings.filter(asked).map((finding) => finding.id));
  for (let size = -1; size !== keep.size; ) {
    size = keep.size;
    for (const finding of verdict.findings) if (finding.explains.some((id) => keep.has(id))) keep.add(finding.id);
  }
  const inCategory = (id: string): boolean =>
    category === undefined || causes.some((cause) => cause.id === id && cause.category === category);
  return {
    findings: verdict.findings
      .filter((finding) => keep.has(finding.id))
      .map((finding) => ({ ...finding, explains: finding.explains.filter((id) => keep.has(id)) })),
    ruledOut: verdict.ruledOut.filter(
      (entry) => inCategory(entry.cause) && (target === undefined || entry.target === target),
    ),
    unknown: verdict.unknown.filter(
      (entry) =>
        inCategory(entry.cause) && (target === undefined || entry.target === undefined || entry.target === target),
    ),
  };
}
