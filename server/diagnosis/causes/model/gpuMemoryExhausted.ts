import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { GpuDevice } from '../../../systems/gpu/gpu.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { logEvidence } from '../../evidence.ts';
import { gpuEvidence, saysExhausted, vendorIn } from '../../gpuText.ts';
import { bytesOf, loadedModel } from '../../modelMemory.ts';
import { type GpuSight, gpuSight } from '../../observers/gpuSight.ts';
import type { ModelUse } from '../../observers/modelUses.ts';
import type { LogEntry } from '../../observers/serviceStates.ts';

export const gpuMemoryExhausted = defineCause({
  id: 'gpu.memory-exhausted',
  category: 'model',
  summary: 'The memory of the GPU does not suffice for what the service loads',
  advice: {
    sure: "The service's own error says that the device refused it memory, and the device has less free than it asked for.",
    first: 'Stop what else holds memory on the device, or load fewer layers, a smaller model or a shorter context.',
    verify: 'nvidia-smi shows memory left while the service runs.',
  },
  needs: { sight: gpuSight },
  explains: [
    'process.crash-loop',
    'service.down',
    'network.refused',
    'container.exited',
    'container.restarting',
    'container.unhealthy',
    'model.memory-insufficient',
  ],
  judge: ({ sight }) =>
    (sight?.uses ?? []).flatMap(({ use, entries }) => {
      const complaints = entries.filter(({ record }) => saysExhausted(record.text));
      const entry = complaints.findLast(({ record }) => demandIn(record.text) !== undefined) ?? complaints.at(-1);
      return sight && entry ? judgeEntry(use, entry, sight) : [];
    }),
});

const ASKED: readonly RegExp[] = [
  /Tried to allocate ([\d.]+) ([KMGT]i?B)/,
  /allocating ([\d.]+) ([KMGT]i?B) on device/,
  /desired GPU memory utilization \([\d.]+, ([\d.]+) ([KMGT]i?B)\)/,
  /(?:CUDA|ROCm|Vulkan)\d* buffer of size (\d+)\b()/,
];
/** What the process itself held already. */
const OWN: readonly RegExp[] = [
  /this process has ([\d.]+) ([KMGT]i?B) memory in use/,
  /([\d.]+) ([KMGT]i?B) reserved in total/,
];
/** llama.cpp's buffers on a device, made before the one that failed. */
const BUFFER = /\b(?:CUDA|ROCm|Vulkan)\d+ (?:model |KV |compute )?buffer size = +([\d.]+) MiB/;

function amountIn(text: string, patterns: readonly RegExp[]): number | undefined {
  for (const pattern of patterns) {
    const [, amount, unit = ''] = pattern.exec(text) ?? [];
    if (amount !== undefined) return bytesOf(Number(amount), unit);
  }
  return undefined;
}

function demandIn(text: string): number | undefined {
  return amountIn(text, ASKED);
}

function judgeEntry(use: ModelUse, entry: LogEntry, { answers }: GpuSight): Judgement[] {
  const { state } = use;
  const target = state.service.name;
  const answer = answers[vendorIn(entry)];
  const { text } = entry.record;
  if (answer.kind !== 'ready')
    // A driver that does not answer is another cause's.
    return answer.kind === 'driverMismatch'
      ? []
      : [
          unknown({
            target,
            because:
              answer.kind === 'notInstalled' ? `${answer.source.split(' ')[0]} is not installed here` : answer.because,
            next: 'look at the memory of the device and at who holds it',
          }),
        ];
  const device =
    answer.devices[Number(/\b(?:GPU|device|CUDA|ROCm|Vulkan) ?(\d{1,2})\b/.exec(text)?.[1] ?? 0)] ?? answer.devices[0];
  const asked = demandIn(text);
  const weights = loadedModel(use)?.answer.weightBytes;
  const held =
    amountIn(text, OWN) ?? use.said.reduce((sum, line) => sum + Number(BUFFER.exec(line)?.[1] ?? 0) * (1 << 20), 0);
  // A running service still holds its own: what it asked for is on top of that.
  const needed = asked === undefined ? weights : state.running ? asked : asked + held;
  const evidence: Evidence[] = [logEvidence(entry), gpuEvidence(answer)];
  if (!device || device.freeBytes === undefined || device.totalBytes === undefined || needed === undefined)
    return [
      proved({
        target,
        summary: `${device?.name ?? 'The GPU'} refused ${target} memory`,
        confidence: 'likely',
        evidence,
      }),
    ];
  const own = new Set(state.processes.map(({ pid }) => pid));
  const holders = device.processes
    .filter(({ pid }) => !own.has(pid))
    .sort((a, b) => (b.usedBytes ?? 0) - (a.usedBytes ?? 0));
  const facts = [...evidence, ...holders.slice(0, 3).map((holder) => holderEvidence(holder, answer.source))];
  const what = `${target} needs ${sizeText(needed)} on ${device.name}`;
  if (needed > device.totalBytes)
    return [proved({ target, summary: `${what}, which has ${sizeText(device.totalBytes)} in all`, evidence: facts })];
  if (needed > device.freeBytes) {
    const [most] = holders;
    const who = most?.usedBytes
      ? `: ${most.name.split('/').at(-1)} (pid ${most.pid}) holds ${sizeText(most.usedBytes)}`
      : '';
    return [
      proved({ target, summary: `${what}, where ${sizeText(device.freeBytes)} are free${who}`, evidence: facts }),
    ];
  }
  return [
    refuted({
      target,
      because: `${device.name} has ${sizeText(device.freeBytes)} free now, and it needed ${sizeText(needed)}`,
      evidence: facts,
    }),
  ];
}

function holderEvidence({ pid, name, usedBytes }: GpuDevice['processes'][number], source: string): Evidence {
  return {
    kind: 'gpu',
    source,
    text: `pid ${pid} ${name} holds ${usedBytes === undefined ? 'memory' : sizeText(usedBytes)}`,
  };
}
