import type { Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { type CheckedConfig, checkedConfigs, type NginxRefusal } from '../../observers/checkedConfigs.ts';
import { sourceText } from '../../targets/target.ts';

/** A refusal that nothing confirms but itself, of longer ago than this, is history. */
const RECENT_MS = 12 * 3_600_000;

export const proxyConfigInvalid = defineCause({
  id: 'proxy.config-invalid',
  category: 'network',
  summary: 'nginx refuses its configuration: it does not start, or runs on with the old one',
  advice: {
    sure: 'The file was read by nginx’s rules, and the named line breaks them; where nginx was started, its own [emerg] says the same.',
    first: 'Repair the named line, then let nginx check it: nginx -t -c FILE.',
    verify: 'nginx -t says "syntax is ok", and nginx starts or reloads.',
  },
  needs: { checked: checkedConfigs },
  explains: [
    'proxy.upstream-down',
    'dns.failed',
    'network.refused',
    'service.down',
    'config.invalid',
    'file.missing',
    'container.exited',
    'container.restarting',
    'process.crash-loop',
  ],
  judge: ({ checked }) => checked.flatMap(judgeConfig),
});

function judgeConfig(checked: CheckedConfig): Judgement[] {
  const { state, problems, refusal } = checked;
  const target = state.target.name;
  const { file } = state.target.config;
  const said = refusal ? [logEvidence(refusal.entry)] : [];
  const over = refusal && whyOver(refusal, file);
  const current = refusal && over === undefined ? refusal : undefined;
  const [problem] = problems.filter(({ about }) => about === 'text' || current || state.running);
  if (!problem && !(current && (current.confirmed || current.entry.ageMs <= RECENT_MS)))
    return over === undefined ? [] : [refuted({ target, because: over, evidence: said })];
  const place = problem?.at ?? current?.place;
  const message = problem?.message ?? current?.message ?? '';
  return [
    proved({
      target,
      summary: `nginx cannot use ${place ? sourceText(place) : file}: ${message}${state.running ? ' (it runs on with the configuration that it began with)' : ''}`,
      evidence: [
        ...problems
          .slice(0, 4)
          .map(({ message: text, at }) => ({ kind: 'config' as const, source: sourceText(at), text })),
        ...(current?.place && !problem
          ? [{ kind: 'config' as const, source: sourceText(current.place), text: current.message }]
          : []),
        ...(current ? said : []),
        ...(current?.evidence ?? []),
        ...(state.process
          ? [
              {
                kind: 'process' as const,
                source: `/proc/${state.process.pid}`,
                text: `nginx (pid ${state.process.pid}) runs with ${file}`,
              },
            ]
          : []),
      ],
      fixes: repairFix(checked),
    }),
  ];
}

/** Why a refusal is no more than history; undefined when it holds. */
function whyOver({ changedSince, startedSince, gone }: NginxRefusal, file: string): string | undefined {
  if (gone !== undefined) return gone;
  if (changedSince) return `${file} was changed since nginx refused it, and reads well now`;
  return startedSince ? 'nginx has started since it refused its configuration' : undefined;
}

function repairFix({ problems, lineOf }: CheckedConfig): Fix[] {
  // With several faults, what one of them is may be the consequence of another.
  const [problem, ...more] = problems;
  if (!problem?.repair || more.length > 0) return [];
  const { repair, at } = problem;
  const { file } = at;
  const { line } = repair;
  const before = lineOf(file, line);
  if (before === undefined || before.includes('#')) return [];
  const after =
    repair.kind === 'semicolon'
      ? `${before.trimEnd()};`
      : before.replace(new RegExp(String.raw`(?<![\w-])${repair.from}(?![\w-])`), repair.to);
  if (after === before) return [];
  return [
    {
      title:
        repair.kind === 'semicolon'
          ? `Add the missing ";" to ${file}:${line}`
          : `Write ${repair.to} instead of ${repair.from} in ${file}:${line}`,
      risk: 'write',
      changes: [{ kind: 'edit', file, line, before, after }],
      undo: true,
      verify: 'nginx -t accepts the file; then start nginx, or reload it.',
    },
  ];
}
