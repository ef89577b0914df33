import type { KernelLogAnswer } from '../../systems/host/kernelLog.ts';
import { defineObserver } from '../observer.ts';
import { speaksOfStrain } from '../strain.ts';
import { serviceStates } from './serviceStates.ts';

const WORTH_A_LOOK =
  /\bkilled\b|SIGKILL|signal:? 9\b|exit(?:ed)?(?: with)?(?: code| status)?:? 137\b|read-only|EROFS|Errno 30/i;
/** A log that ended longer ago belongs to a day that the kernel's ring may have forgotten. */
const RECENT_MS = 24 * 3_600_000;

/** The kernel's log; undefined when no service died lately or speaks of what the kernel would know. */
export const kernelLog = defineObserver<KernelLogAnswer | undefined>({
  id: 'machine.kernel-log',
  label: 'kernel log',
  timeoutMs: 6_000,
  observe: async ({ systems, signal, clock, use }) => {
    const states = await use(serviceStates);
    const asked = states.some(
      (state) =>
        [...state.errors, ...state.warnings, ...state.crashes].some(
          (entry) => WORTH_A_LOOK.test(entry.record.text) || speaksOfStrain(entry),
        ) ||
        (!state.running &&
          state.everStarted &&
          state.logs.some(
            ({ log, state: { stoppedOrderly } }) =>
              !stoppedOrderly && clock.now().getTime() - log.modifiedAt.getTime() < RECENT_MS,
          )),
    );
    return asked ? systems.host.kernelLog(signal) : undefined;
  },
});
