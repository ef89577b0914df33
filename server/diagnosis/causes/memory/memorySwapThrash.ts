import type { Evidence } from '../../../protocol/diagnosis.ts';
import type { ProcessFacts } from '../../../systems/process/processes.ts';
import { defineCause, HOST_TARGET, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { sizeText } from '../../diskText.ts';
import { logEvidence } from '../../evidence.ts';
import { holdersEvidence, holderText, memoryComplaint, memoryHolders } from '../../memoryHolders.ts';
import { healthAnswers } from '../../observers/healthAnswers.ts';
import { processList } from '../../observers/machine.ts';
import { type ResourceSample, resourceSample } from '../../observers/resourceSample.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { type SlowService, slownessEvidence, slowServices } from '../../slowness.ts';

/** Bytes a second in each direction: out alone makes room once, in alone brings back what was put away. */
const BYTES_PER_SECOND = 1 << 20;
/** Of the swap space still free. */
const FREE_SHARE = 0.25;
/** Available memory: with more there is no need to swap at all. */
const LOW_SHARE = 0.1;
const SPEAKS_OF_SWAP = /\bswap|\bthrash/i;

export const memorySwapThrash = defineCause({
  id: 'memory.swap-thrash',
  category: 'memory',
  summary: 'The machine moves the same memory to the disk and back all the time',
  advice: {
    sure: 'Pages go to swap and come back at the same moment, and there is neither memory nor much swap left.',
    first: 'Stop what holds the most memory and is not needed; more swap does not make it faster.',
    verify: 'vmstat shows next to nothing in the columns si and so, and the service is fast again.',
  },
  needs: { states: serviceStates, health: healthAnswers, sample: resourceSample, processes: processList },
  explains: [
    'disk.io-saturated',
    'event-loop.blocked',
    'worker.exhausted',
    'upstream.slow',
    'container.unhealthy',
    'network.timeout',
    'proxy.timeout',
    'database.slow-query',
  ],
  judge: ({ states, health, sample, processes }) =>
    sample ? judgeSwap(states, slowServices(states, health), sample, processes) : [],
});

function judgeSwap(
  states: readonly ServiceState[],
  slow: readonly SlowService[],
  { machine, seconds }: ResourceSample,
  processes: readonly ProcessFacts[],
): Judgement[] {
  const words = states.map(memoryComplaint).filter((entry) => entry && SPEAKS_OF_SWAP.test(entry.record.message));
  const said = words.flatMap((entry) => (entry ? [logEvidence(entry)] : []));
  const { memory, swapped } = machine.after;
  if (slow.length === 0 && said.length === 0) return [];
  if (memory.swapTotalBytes === 0)
    return said.length === 0
      ? []
      : [refuted({ target: HOST_TARGET, because: 'this machine has no swap space', evidence: said })];
  if (!swapped || !machine.before.swapped) {
    const because =
      'a service says that the machine swaps, and this platform does not tell how much goes to swap and back';
    return said.length === 0 ? [] : [unknown({ target: HOST_TARGET, because })];
  }
  const into = (swapped.inBytes - machine.before.swapped.inBytes) / seconds;
  const out = (swapped.outBytes - machine.before.swapped.outBytes) / seconds;
  const rates = `${sizeText(out)}/s to swap and ${sizeText(into)}/s back`;
  const left = `${sizeText(memory.swapFreeBytes)} of ${sizeText(memory.swapTotalBytes)} swap free`;
  const within = `within ${seconds.toFixed(1)} s`;
  const facts: Evidence[] = [
    { kind: 'host', source: '/proc/vmstat', text: `${rates} ${within}` },
    {
      kind: 'host',
      source: 'memory of this machine',
      text: `${sizeText(memory.availableBytes)} of ${sizeText(memory.totalBytes)} available, ${left}`,
    },
  ];
  const thrashes =
    into >= BYTES_PER_SECOND &&
    out >= BYTES_PER_SECOND &&
    memory.swapFreeBytes < memory.swapTotalBytes * FREE_SHARE &&
    memory.availableBytes < memory.totalBytes * LOW_SHARE;
  if (thrashes && slow.length > 0) {
    const holders = memoryHolders(processes, machine.after);
    const names = slow.map(({ state }) => state.service.name).join(' and ');
    return [
      proved({
        target: HOST_TARGET,
        summary: `The machine moves ${rates} ${within}, with ${left}: ${names} ${slow.length > 1 ? 'are' : 'is'} slow for it${holderText(holders[0])}`,
        evidence: [...facts, ...holdersEvidence(holders), ...slow.flatMap(slownessEvidence)],
      }),
    ];
  }
  return said.length === 0
    ? []
    : [refuted({ target: HOST_TARGET, because: `${rates} ${within}, with ${left}`, evidence: [...facts, ...said] })];
}
