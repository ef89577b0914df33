import * as z from 'zod';
import { runCommand } from '../../runtime/runCommand.ts';
import type { ClusterContext, KubeAnswer } from './kubernetes.ts';

export interface KubeOptions {
  timeoutMs: number;
  signal: AbortSignal;
}

/** What kubectl printed. `complaint` is what it could not give, where it gave the rest. */
export interface Printed {
  text: string;
  complaint: string;
}

export interface Kubectl {
  context(options: KubeOptions): Promise<KubeAnswer<ClusterContext>>;
  /** Output of a reading command; an exit other than 0 still counts where it printed something and only lacked a permission. */
  ask(argv: readonly [Verb, ...string[]], options: KubeOptions): Promise<KubeAnswer<Printed>>;
}

type Verb = 'get' | 'logs';

/** A namespace of some thousand pods; larger ones are cut off and then said to be unreadable. */
const MAX_OUTPUT = 32 << 20;
const MAX_BECAUSE = 240;

const Config = z.object({
  'current-context': z.string().min(1),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ namespace: z.string().optional() }) })).min(1),
  clusters: z.array(z.object({ cluster: z.object({ server: z.string().optional() }) })).nullish(),
});

export function createKubectl(): Kubectl {
  return {
    async context(options) {
      const answer = await run(['config', 'view', '--minify', '-o', 'json'], options);
      if (answer.kind !== 'ready') return answer;
      const config = parseJson(answer.value.text, Config);
      if (config === undefined) return { kind: 'noContext', because: 'kubectl names no context' };
      const { name, context } = config.contexts[0] as z.infer<typeof Config>['contexts'][number];
      const server = config.clusters?.[0]?.cluster.server ?? '';
      return { kind: 'ready', value: { name, namespace: context.namespace || 'default', server } };
    },
    ask: ([verb, ...rest], options) =>
      // The client gives up a little earlier than the process is ended, so that its own reason is heard.
      run([verb, ...rest, `--request-timeout=${Math.max(1, Math.floor(options.timeoutMs / 1000) - 1)}s`], options),
  };
}

/** What a text holds, when it is JSON of the expected shape. */
export function parseJson<T>(text: string, shape: z.ZodType<T>): T | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const parsed = shape.safeParse(json);
  return parsed.success ? parsed.data : undefined;
}

async function run(argv: readonly string[], { timeoutMs, signal }: KubeOptions): Promise<KubeAnswer<Printed>> {
  const outcome = await runCommand(['kubectl', ...argv], { timeoutMs, signal, maxOutput: MAX_OUTPUT });
  if (outcome.kind === 'notInstalled') return { kind: 'notInstalled', because: 'kubectl is not installed' };
  if (outcome.kind === 'timedOut')
    return { kind: 'timedOut', because: `kubectl ${argv[0]} did not end within ${timeoutMs / 1000} s` };
  if (outcome.truncated) return { kind: 'unreadable', because: `kubectl ${argv[0]} printed more than can be read` };
  if (outcome.exitCode === 0) return { kind: 'ready', value: { text: outcome.stdout, complaint: outcome.stderr } };
  return refusal(outcome.stdout, outcome.stderr, outcome.exitCode);
}

const REFUSALS: readonly (readonly [Exclude<KubeAnswer<never>['kind'], 'ready'>, RegExp])[] = [
  [
    'needsLogin',
    /must be logged in|\bUnauthorized\b|provide(?:d)? (?:valid )?credentials|getting credentials|Please enter (?:Username|Password)|executable .{1,200} failed|token (?:has |is )?expired|x509: certificate has expired|no Auth Provider found|refresh token|SSO session|device login/i,
  ],
  [
    'noContext',
    /current-context must exist|context was not found|no configuration has been provided|context "[^"]{0,200}" does not exist|error loading config file|invalid configuration/i,
  ],
  [
    'unreachable',
    /connection to the server|Unable to connect|connection refused|no such host|i\/o timeout|TLS handshake|deadline exceeded|Client\.Timeout|ServiceUnavailable|network is unreachable|x509:|EOF/i,
  ],
];

function refusal(stdout: string, stderr: string, exitCode: number): KubeAnswer<Printed> {
  const said = `${stderr}\n${stdout.length < 4_000 ? stdout : ''}`;
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  for (const [kind, pattern] of REFUSALS) {
    const line = lines.findLast((candidate) => pattern.test(candidate.slice(0, 2_000)));
    if (line !== undefined) return { kind, because: oneLine(line) };
  }
  if (/is forbidden|\(Forbidden\)/.test(stderr))
    return stdout.trim() === ''
      ? { kind: 'forbidden', because: oneLine(lines.find((line) => /forbidden/i.test(line)) ?? '') }
      : { kind: 'ready', value: { text: stdout, complaint: stderr } };
  return { kind: 'unreadable', because: `kubectl ended with ${exitCode}: ${oneLine(lines.at(-1) ?? 'no output')}` };
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a broken program prints may hold any of them
  const line = text.replace(/[\u0000-\u001f\u007f\s]+/g, ' ').trim();
  return line.length <= MAX_BECAUSE ? line : `${line.slice(0, MAX_BECAUSE - 1)}…`;
}
