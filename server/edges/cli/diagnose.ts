import { parseArgs } from 'node:util';
import { composeLastReports } from '../../composeLastReports.ts';
import { type Memory, openMemory } from '../../composeMemory.ts';
import { createSystems } from '../../composeSystems.ts';
import { createDiagnosis } from '../../diagnosis/createDiagnosis.ts';
import { Category, MAX_SYMPTOM } from '../../protocol/diagnosis.ts';
import { TektraError } from '../../protocol/errors.ts';
import { systemClock } from '../../runtime/clock.ts';
import { environment } from '../../runtime/environment.ts';
import { stateHome } from '../../runtime/stateHome.ts';
import { formatReport } from './formatReport.ts';
import { terminalStyle } from './terminalStyle.ts';

const HELP = `usage: tektra diagnose [DIR] [--symptom TEXT] [--category C] [--target NAME] [--log FILE]…
                       [--timeout S] [--json] [--no-color]

Finds what is broken in the folder DIR (default: this one) and why. Reads only: nothing is executed or changed.

  --symptom TEXT what you see, in your own words: findings that fit it come first, and nothing is left out
  --category C   only findings of one category: ${Category.options.join(', ')}
  --target NAME  only findings of one service, database or other target
  --log FILE     also read this log; may be given several times
  --timeout S    stop observing after S seconds (default 30); what is not known by then is listed as unknown
  --json         print the report as one JSON document

Exit code: 0 healthy, 1 something found, 2 could not run.
`;

/** `tektra diagnose`. @returns 0 healthy, 1 something found, 2 could not run */
export async function runDiagnose(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      symptom: { type: 'string' },
      category: { type: 'string' },
      target: { type: 'string' },
      log: { type: 'string', multiple: true },
      timeout: { type: 'string' },
      json: { type: 'boolean', default: false },
      color: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowNegative: true,
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (positionals.length > 1)
    throw new TektraError('request.invalid', `One folder at a time, not ${positionals.length}.`, {
      action: 'Run tektra diagnose once for each.',
    });
  const category = values.category === undefined ? undefined : Category.safeParse(values.category);
  if (category?.success === false)
    throw new TektraError('request.invalid', `There is no category "${values.category}".`, {
      action: `Choose one of: ${Category.options.join(', ')}.`,
    });
  if ((values.symptom?.length ?? 0) > MAX_SYMPTOM)
    throw new TektraError('request.invalid', `--symptom takes at most ${MAX_SYMPTOM} letters.`);
  const timeout = values.timeout === undefined ? 30 : Number(values.timeout);
  if (!Number.isFinite(timeout) || timeout <= 0 || timeout > 600)
    throw new TektraError('request.invalid', `--timeout takes seconds between 0 and 600, not "${values.timeout}".`);

  const cancel = new AbortController();
  const onSignal = (): void => cancel.abort(new TektraError('request.cancelled', 'The diagnosis was cancelled.'));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const style = terminalStyle({ color: values.color, stream: process.stdout, environment });
  const memory = await openOrDoWithout();
  const diagnosis = createDiagnosis({ systems: createSystems(), environment, clock: systemClock, ...memory });
  const progress = progressLine(!values.json && process.stderr.isTTY === true);
  try {
    const report = await diagnosis.run(
      {
        workspace: positionals[0] ?? '.',
        timeoutMs: Math.round(timeout * 1000),
        ...(values.symptom === undefined ? {} : { symptom: values.symptom }),
        ...(category?.data === undefined ? {} : { category: category.data }),
        ...(values.target === undefined ? {} : { target: values.target }),
        ...(values.log === undefined ? {} : { logs: values.log }),
      },
      { signal: cancel.signal, onProgress: progress.show },
    );
    progress.clear();
    // Only `tektra fix` needs it; a state folder that cannot be written must not cost the diagnosis.
    await composeLastReports(environment)
      .save(report)
      .catch((error: Error) => process.stderr.write(`tektra diagnose: the report is not kept: ${error.message}\n`));
    process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, style));
    return report.status === 'pass' ? 0 : 1;
  } finally {
    progress.clear();
    memory?.close();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** A diagnosis that remembers nothing is better than none: what cannot be opened is said, and everything is told. */
async function openOrDoWithout(): Promise<(Memory & { close(): void }) | undefined> {
  const say = (error: unknown): void => {
    const because = error instanceof Error ? error.message : String(error);
    process.stderr.write(`tektra diagnose: nothing is suppressed and no history is kept: ${because}\n`);
  };
  try {
    return await openMemory(stateHome(environment), say);
  } catch (error) {
    say(error);
    return undefined;
  }
}

/** One line on the terminal that is rewritten while observers run. */
function progressLine(enabled: boolean): {
  show(progress: { done: number; total: number; label: string }): void;
  clear(): void;
} {
  if (!enabled) return { show: () => undefined, clear: () => undefined };
  return {
    show: ({ done, total, label }) => process.stderr.write(`\r\u001b[2K${done}/${total} ${label}`),
    clear: () => process.stderr.write('\r\u001b[2K'),
  };
}
