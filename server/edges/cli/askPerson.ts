import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { FixInput } from '../../protocol/diagnosis.ts';
import { TektraError } from '../../protocol/errors.ts';

/** Asks at the terminal; anything but y or yes is no. */
export async function askYes(question: string, signal: AbortSignal): Promise<boolean> {
  const answer = await ask(`${question} [y/N] `, { signal, hidden: false });
  return /^y(?:es)?$/i.test(answer.trim());
}

/**
 * Answers of the command line, and of a person for those that are missing; what a secret's person types is not echoed.
 * @param given `NAME=VALUE` of each --input
 * @throws TektraError request.invalid
 */
export async function askInputs(
  inputs: readonly FixInput[],
  given: readonly string[],
  { interactive, signal }: { interactive: boolean; signal: AbortSignal },
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const pair of given) {
    const at = pair.indexOf('=');
    if (at < 1) throw new TektraError('request.invalid', `--input takes NAME=VALUE, not "${pair}".`);
    answers[pair.slice(0, at)] = pair.slice(at + 1);
  }
  for (const { name, prompt, suggestion, secret } of inputs) {
    if (Object.hasOwn(answers, name)) continue;
    if (interactive) {
      const hint = suggestion === undefined ? '' : ` [${suggestion}]`;
      const answer = await ask(`${prompt}${hint}: `, { signal, hidden: secret });
      answers[name] = answer === '' ? (suggestion ?? '') : answer;
    } else if (suggestion !== undefined) answers[name] = suggestion;
  }
  return answers;
}

async function ask(question: string, { signal, hidden }: { signal: AbortSignal; hidden: boolean }): Promise<string> {
  process.stderr.write(question);
  // readline echoes what is typed to its output: a secret's goes nowhere.
  const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await lines.question('', { signal });
  } finally {
    lines.close();
    if (hidden) process.stderr.write('\n');
  }
}
