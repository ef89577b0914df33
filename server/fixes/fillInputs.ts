import type { Change, Fix } from '../protocol/diagnosis.ts';
import { TektraError } from '../protocol/errors.ts';

const PLACEHOLDER = /‹\?([^›]{1,80})›/g;

/**
 * The fix with the person's answers in the place of `‹?NAME›`.
 * @throws TektraError request.invalid when one is missing or could mean more than a value
 */
export function fillInputs(fix: Fix, answers: Readonly<Record<string, string>>): Fix {
  const inputs = fix.inputs ?? [];
  if (inputs.length === 0) return fix;
  for (const { name, prompt } of inputs) {
    const answer = Object.hasOwn(answers, name) ? answers[name] : undefined;
    if (answer === undefined || answer === '')
      throw new TektraError('request.invalid', `This fix needs ${name}: ${prompt}`, {
        action: `Give it, in a terminal with --input ${name}=VALUE.`,
      });
    // A line end would add lines to the file that nobody saw.
    if (/[\r\n\0]/.test(answer))
      throw new TektraError('request.invalid', `${name} must be a single line.`, { action: 'Give it in one line.' });
  }
  const written: Record<string, string> = Object.fromEntries(
    inputs.map(({ name, form }) => [
      name,
      form === 'dotenv' ? quoted(name, answers[name] ?? '') : (answers[name] ?? ''),
    ]),
  );
  const fill = (text: string): string =>
    text.replace(PLACEHOLDER, (whole, name: string) =>
      Object.hasOwn(written, name) ? (written[name] ?? whole) : whole,
    );
  return { ...fix, changes: fix.changes.map((change) => fillChange(change, fill)) };
}

function fillChange(change: Change, fill: (text: string) => string): Change {
  switch (change.kind) {
    case 'edit':
      return { ...change, after: fill(change.after) };
    case 'create':
      return { ...change, content: fill(change.content) };
    case 'command':
      return { ...change, argv: change.argv.map(fill) };
    // An answer is no part of a statement: it could not be quoted for every server.
    case 'sql':
    case 'container':
      return change;
  }
}

/** A value as every reader of env files understands it. @throws TektraError request.invalid */
function quoted(name: string, value: string): string {
  if (/^[\w./:@%+,=?&~-]*$/.test(value)) return value;
  const quote = ["'", '"'].find((sign) => !value.includes(sign) && (sign === "'" || !/[\\$`]/.test(value)));
  if (quote === undefined)
    throw new TektraError('request.invalid', `${name} holds both kinds of quotes, which env files cannot.`, {
      action: 'Write it into the file by hand.',
    });
  return `${quote}${value}${quote}`;
}
