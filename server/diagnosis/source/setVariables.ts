import type { Change, Fix, FixInput } from '../../protocol/diagnosis.ts';
import { isSecretName } from '../../security/secret.ts';
import { type EnvFiles, isEnvSample } from '../targets/serviceEnvironment.ts';

type Edit = Extract<Change, { kind: 'edit' }>;

/** A fix that gives each name the value that a person is asked for, in an env file that exists or is made. */
export function setVariables(names: readonly string[], file: string, files: EnvFiles): Fix {
  const existing = files.get(file);
  const line = (name: string): string => `${name}=‹?${name}›`;
  const all = names.join(' and ');
  const inputs = names.map((name) => inputFor(name, files));
  const fix = { risk: 'write' as const, undo: true, verify: `${all} has a value, and the service starts.`, inputs };
  if (!existing)
    return {
      ...fix,
      title: `Create ${file} with ${all}`,
      changes: [{ kind: 'create', file, content: `${names.map(line).join('\n')}\n` }],
    };
  const empty = names.flatMap((name) => {
    const entry = existing.entries.findLast((candidate) => candidate.name === name);
    return entry ? [{ name, line: entry.line }] : [];
  });
  const added = names.filter((name) => !empty.some((entry) => entry.name === name));
  const last = existing.lines.at(-1) === '' ? existing.lines.length : existing.lines.length + 1;
  return {
    ...fix,
    title: added.length === 0 ? `Give ${all} a value in ${file}` : `Set ${all} in ${file}`,
    changes: [
      ...empty.map((entry): Edit => {
        const before = existing.lines[entry.line - 1] ?? '';
        return { kind: 'edit', file, line: entry.line, before, after: line(entry.name) };
      }),
      ...(added.length === 0
        ? []
        : [{ kind: 'edit' as const, file, line: last, before: '', after: `${added.map(line).join('\n')}\n` }]),
    ],
  };
}

function inputFor(name: string, files: EnvFiles): FixInput {
  // An address may hold a password.
  const secret = isSecretName(name) || /_(?:URL|URI|DSN)$/.test(name);
  const suggestion = secret ? undefined : sampleValue(name, files);
  const shown = suggestion === undefined ? {} : { suggestion };
  return { name, prompt: `The value of ${name}`, secret, form: 'dotenv', ...shown };
}

/** What a sample file says, unless it only says that something is to be put there. */
function sampleValue(name: string, files: EnvFiles): string | undefined {
  for (const [file, { entries }] of files) {
    const value = isEnvSample(file) ? entries.find((candidate) => candidate.name === name)?.value : undefined;
    if (value !== undefined && value !== '' && !/[<>\n]|change.?me|your[-_ ]|xxx|todo/i.test(value)) return value;
  }
  return undefined;
}
