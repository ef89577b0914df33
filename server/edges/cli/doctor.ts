import { parseArgs } from 'node:util';
import { composeDoctor } from '../../composeDoctor.ts';
import { createSystems } from '../../composeSystems.ts';
import type { DoctorCheck, DoctorReport } from '../../protocol/doctor.ts';
import { environment } from '../../runtime/environment.ts';
import { stateHome } from '../../runtime/stateHome.ts';
import { DEFAULT_HTTP_PORT } from '../http/createHttpServer.ts';
import { type TerminalStyle, terminalStyle } from './terminalStyle.ts';

const HELP = `usage: tektra doctor [CHECK]… [--list] [--json] [--no-color]

Checks Tektra itself and what it needs. What is optional and not there is named, with what works without it.

Exit code: 0 pass or warn, 1 fail, 2 could not run.
`;

/** `tektra doctor`. @returns 0 pass or warn, 1 fail */
export async function runDoctor(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    allowNegative: true,
    options: {
      list: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      color: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const doctor = composeDoctor({
    paths: stateHome(environment),
    systems: createSystems(),
    environment,
    httpPort: DEFAULT_HTTP_PORT,
  });
  if (values.list) {
    const list = doctor.examinations.map(({ name, title }) => ({ name, title }));
    process.stdout.write(
      values.json
        ? `${JSON.stringify(list, null, 2)}\n`
        : list.map(({ name, title }) => `${name.padEnd(10)}${title}\n`).join(''),
    );
    return 0;
  }
  const cancel = new AbortController();
  process.once('SIGINT', () => cancel.abort());
  const report = await doctor.run(positionals, cancel.signal);
  process.stdout.write(
    values.json
      ? `${JSON.stringify(report, null, 2)}\n`
      : formatDoctor(report, terminalStyle({ color: values.color, stream: process.stdout, environment })),
  );
  return report.status === 'fail' ? 1 : 0;
}

function formatDoctor(report: DoctorReport, style: TerminalStyle): string {
  const width = Math.max(...report.checks.map((check) => check.title.length));
  const marks: Readonly<Record<DoctorCheck['status'], string>> = {
    pass: style.green('✔'),
    warn: style.yellow('▲'),
    fail: style.red('✘'),
    absent: style.dim('–'),
  };
  const lines = report.checks.flatMap((check) => [
    `${marks[check.status]} ${style.bold(check.title.padEnd(width))}  ${check.detail}`,
    ...(check.action === undefined ? [] : [`  ${' '.repeat(width)}  ${style.dim(check.action)}`]),
  ]);
  const verdict = {
    pass: style.green('Everything that Tektra needs is there.'),
    warn: style.yellow('Tektra works; see the marked lines.'),
    fail: style.red('Tektra cannot work as it should; see the marked lines.'),
  }[report.status];
  return `${lines.join('\n')}\n\n${verdict}\n`;
}
