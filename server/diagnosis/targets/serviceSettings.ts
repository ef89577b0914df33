import type { Evidence } from '../../protocol/diagnosis.ts';
import type { ProcessFacts } from '../../systems/process/processes.ts';
import { readCommand, splitWords } from './commandLine.ts';
import { type ServiceTarget, sourceText, type Variable } from './target.ts';

/** One setting of a service: a variable, or a flag of the command that starts it. */
export interface Setting {
  name: string;
  value: string;
  evidence: Evidence;
  /** Set when a variable holds it. */
  variable: Variable | undefined;
}

const MAX_SHOWN = 160;

/** The variables of a service and the flags of its command, its compose command and its running process. `--flag` alone has the value ''. */
export function settingsOf(service: ServiceTarget, processes: readonly ProcessFacts[] = []): Setting[] {
  const values = new Map(service.environment.map(({ name, value }) => [name, value]));
  const settings = service.environment.map(
    (variable): Setting => ({
      name: variable.name,
      value: variable.value,
      variable,
      evidence: {
        kind: 'config',
        source: sourceText(variable.at),
        text: `${variable.name}=${variable.value}`.slice(0, MAX_SHOWN),
      },
    }),
  );
  const add = (argv: readonly string[], kind: Evidence['kind'], source: string): void => {
    for (const { name, value, written } of flagsIn(argv)) {
      const variable = service.environment.find((candidate) => `$${candidate.name}` === written);
      settings.push({
        name,
        value,
        variable,
        evidence: { kind, source, text: `${name} ${value}`.slice(0, MAX_SHOWN) },
      });
    }
  };
  if (service.command) add(readCommand(service.command.text, values).argv, 'config', sourceText(service.command.at));
  const composed = service.compose?.command;
  if (service.compose && composed !== undefined)
    add(typeof composed === 'string' ? splitWords(composed) : composed, 'config', sourceText(service.compose.at));
  for (const { pid, argv } of processes.slice(0, 2)) add(argv, 'process', `/proc/${pid}/cmdline`);
  return settings;
}

/** `--ctx-size 4096`, `--ctx-size=4096`, `-c 4096`. */
function flagsIn(argv: readonly string[]): { name: string; value: string; written: string }[] {
  return argv.flatMap((word, index) => {
    if (!/^-{1,2}[A-Za-z]/.test(word)) return [];
    const [name = '', inline] = word.split(/=(.*)/s, 2);
    const next = argv[index + 1] ?? '';
    const value = inline ?? (/^-{1,2}[A-Za-z]/.test(next) ? '' : next);
    return [{ name, value, written: value }];
  });
}
