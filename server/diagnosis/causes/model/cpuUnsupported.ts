import type { CpuAnswer } from '../../../systems/cpu/cpu.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { defineObserver } from '../../observer.ts';
import { type ModelUse, modelUses } from '../../observers/modelUses.ts';
import type { LogEntry } from '../../observers/serviceStates.ts';

/** What programs and the system print when an instruction is not there, or when they check for it first. */
const COMPLAINT =
  /Illegal instruction|\bSIGILL\b|CPU does not support x86-64-v\d|(?:CPU|processor|machine) (?:does not|doesn't) (?:support|have)|requires? (?:a (?:CPU|processor) with )?(?:the )?(?:AVX|SSE|FMA|F16C|AMX|BMI)|compiled to use (?:AVX|SSE|FMA)[^\n]{0,80}(?:aren't|not) available|missing (?:the )?(?:required |following )?CPU (?:features?|instructions?)|baseline optimizations: \(X86_V\d\)|without (?:AVX|SSE4|FMA)[^\n]{0,20} support/i;

interface CpuSight {
  suspects: { use: ModelUse; entry: LogEntry }[];
  cpu: CpuAnswer;
}

const cpuSight = defineObserver<CpuSight | undefined>({
  id: 'cpu.features',
  label: 'features of the processor',
  timeoutMs: 2_000,
  observe: async ({ systems, signal, use }) => {
    const suspects = (await use(modelUses)).flatMap((each) => {
      const found = each.complaints.filter(({ record }) => COMPLAINT.test(record.text));
      // A check that names the feature says more than the signal that follows it.
      const entry = found.findLast(({ record }) => featuresIn(record.text).length > 0) ?? found.at(-1);
      return entry ? [{ use: each, entry }] : [];
    });
    if (suspects.length === 0) return undefined;
    return { suspects, cpu: await systems.cpu.features({ timeoutMs: 1_500, signal }) };
  },
});

export const cpuUnsupported = defineCause({
  id: 'cpu.unsupported',
  category: 'model',
  summary: 'The program uses instructions that this processor does not have',
  advice: {
    sure: 'The system lists what the processor can do, and what the program needs is not in the list.',
    first: 'Install the build for older processors (no AVX, or x86-64-v2), or build it on this machine.',
    verify: 'The program starts without "Illegal instruction".',
  },
  needs: { sight: cpuSight },
  explains: [
    'process.crash-loop',
    'service.down',
    'network.refused',
    'container.exited',
    'container.restarting',
    'container.unhealthy',
  ],
  judge: ({ sight }) =>
    (sight?.suspects ?? []).map(({ use, entry }) => judgeSuspect(use, entry, (sight as CpuSight).cpu)),
});

/** What builds for today's machines take for granted. */
const USUAL = ['avx', 'avx2', 'fma', 'f16c'];
/** Levels of the x86-64 psABI, by the kernel's names of what each adds. */
const LEVELS: Readonly<Record<string, readonly string[]>> = {
  '2': ['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3'],
  '3': ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe'],
  '4': ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'],
};

function judgeSuspect({ state }: ModelUse, entry: LogEntry, cpu: CpuAnswer): Judgement {
  const target = state.service.name;
  if (cpu.kind === 'unknown')
    return unknown({
      target,
      because: cpu.because,
      next: 'compare what the program needs with the data sheet of the processor',
    });
  const needed = featuresIn(entry.record.text);
  const missing = (needed.length > 0 ? needed : USUAL).filter((feature) => !cpu.features.has(feature));
  const evidence = [
    logEvidence(entry),
    {
      kind: 'host' as const,
      source: cpu.source,
      text: `${cpu.model} ${missing.length > 0 ? `has no ${missing.join(', ')}` : `has ${(needed.length > 0 ? needed : USUAL).join(', ')}`}`,
    },
  ];
  if (process.arch !== 'x64' && needed.length === 0)
    return unknown({
      target,
      because: 'the log does not say which instruction is missing',
      next: 'look at the core dump',
    });
  if (missing.length > 0)
    return proved({
      target,
      summary: `${target} needs ${missing.join(', ')}, which ${cpu.model} does not have`,
      confidence: needed.length > 0 ? 'proved' : 'likely',
      evidence,
    });
  if (needed.length > 0) return refuted({ target, because: `${cpu.model} has ${needed.join(', ')}`, evidence });
  if (LEVELS['4']?.every((feature) => cpu.features.has(feature)))
    return refuted({
      target,
      because: `${cpu.model} has every instruction that builds take for granted, AVX-512 included`,
      evidence,
    });
  return unknown({
    target,
    because: `${cpu.model} has ${USUAL.join(', ')}; the log does not say which instruction is missing`,
    next: 'look at the core dump: coredumpctl debug, then x/i $pc',
  });
}

const NAMES: Readonly<Record<string, string>> = {
  avx512: 'avx512f',
  sse3: 'pni',
  sse4: 'sse4_1',
  lzcnt: 'abm',
  fma3: 'fma',
  amx: 'amx_tile',
};

/** The features that a message names, as the kernel calls them. */
function featuresIn(text: string): string[] {
  const level = /x86-64-v([234])|X86_V([234])/.exec(text);
  if (level) return [...(LEVELS[level[1] ?? level[2] ?? ''] ?? [])];
  const named = [
    ...text.matchAll(
      /\b(AVX[- _]?512[-_]?[A-Z0-9]{0,10}|AVX[-_]VNNI|AVX2|AVX|FMA3?|F16C|S?SSE[34](?:[._]?[12])?|SSE4A|BMI[12]|LZCNT|POPCNT|AMX(?:[-_](?:TILE|INT8|BF16))?)\b/gi,
    ),
  ].map(([name]) =>
    name
      .toLowerCase()
      .replace(/^avx[- _]?512[-_]?/, 'avx512')
      .replace(/^(avx512)(fp16|vnni|bf16|bitalg|vbmi2)$/, '$1_$2')
      .replace(/^avx-vnni/, 'avx_vnni')
      .replace(/^amx-/, 'amx_')
      .replace(/^sse4[._]?([12])$/, 'sse4_$1'),
  );
  return [...new Set(named.map((name) => NAMES[name] ?? name))];
}
