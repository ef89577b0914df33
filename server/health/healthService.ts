import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { HealthCheck, HealthReport, HealthStatus } from '../protocol/health.ts';
import type { Clock } from '../runtime/clock.ts';
import { withDeadline } from '../runtime/deadline.ts';

export type HealthObservation = Pick<HealthCheck, 'status'> &
  Partial<Pick<HealthCheck, 'observedValue' | 'observedUnit' | 'output'>>;

/** One named thing that can be well or not. */
export interface HealthProbe {
  component: string;
  timeoutMs: number;
  run(signal: AbortSignal): Promise<HealthObservation>;
}

export interface HealthService {
  components: readonly string[];
  /** All checks in parallel, each within its own time; a check that crashes is a result. */
  report(signal: AbortSignal): Promise<HealthReport>;
  /** One check; undefined when there is none of this name. */
  check(component: string, signal: AbortSignal): Promise<HealthCheck | undefined>;
}

const RANK: Readonly<Record<HealthStatus, number>> = { pass: 0, warn: 1, fail: 2 };

export function createHealthService(probes: readonly HealthProbe[], clock: Clock, startedAt: Date): HealthService {
  const run = async (probe: HealthProbe, signal: AbortSignal): Promise<HealthCheck> => {
    const observation = await withDeadline((deadline) => probe.run(deadline), probe.timeoutMs, signal).catch(
      (error: unknown): HealthObservation => ({
        status: 'fail',
        output: error instanceof Error ? error.message : String(error),
      }),
    );
    return { component: probe.component, time: clock.now().toISOString(), ...observation };
  };
  return {
    components: probes.map((probe) => probe.component),
    async report(signal) {
      const checks = await Promise.all(probes.map((probe) => run(probe, signal)));
      const worst = checks.reduce<HealthStatus>(
        (status, check) => (RANK[check.status] > RANK[status] ? check.status : status),
        'pass',
      );
      return {
        status: worst,
        version: TEKTRA_VERSION,
        pid: process.pid,
        uptimeSeconds: Math.round((clock.now().getTime() - startedAt.getTime()) / 1000),
        checks,
      };
    },
    async check(component, signal) {
      const probe = probes.find((candidate) => candidate.component === component);
      return probe && run(probe, signal);
    },
  };
}

/** How late timers fire: a busy loop answers nobody. */
export function eventLoopProbe(): HealthProbe & { dispose(): void } {
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  return {
    component: 'event-loop',
    timeoutMs: 500,
    run: async () => {
      const delayMs = Math.round(Math.max(0, histogram.percentile(99) / 1e6 - 20));
      histogram.reset();
      return { status: delayMs > 500 ? 'warn' : 'pass', observedValue: delayMs, observedUnit: 'ms' };
    },
    dispose: () => histogram.disable(),
  };
}
