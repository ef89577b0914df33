import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerDeath } from '../systems/docker/watchDeaths.ts';

/** Tells windows of compose services that die while they are open. */
export interface ContainerWatch {
  /** The engine is listened to as long as somebody listens here. */
  listen(onDeath: (death: ContainerDeath) => void): { dispose(): void };
}

export type WatchDeaths = (
  onDeath: (death: ContainerDeath) => void,
  signal: AbortSignal,
) => Promise<'ended' | 'absent'>;

/** An engine that ended may come back soon; one that is not there may be started some time. */
const AGAIN_MS = 2_000;
const ABSENT_MS = 60_000;
/** 128 + SIGTERM and SIGINT: somebody stopped it. `docker kill` and the kernel leave 137. */
const ASKED_TO_STOP: ReadonlySet<number> = new Set([0, 130, 143]);
const KILLED = 137;
/** `docker stop` kills what did not hear it: many deaths at once are a stack that is taken down. */
const TOGETHER_MS = 1_500;

export function createContainerWatch(watch: WatchDeaths): ContainerWatch {
  const listeners = new Set<(death: ContainerDeath) => void>();
  let running: AbortController | undefined;
  let killed: ContainerDeath[] = [];

  const tell = (death: ContainerDeath): void => {
    for (const listener of listeners) listener(death);
  };
  const onDeath = (death: ContainerDeath): void => {
    if (ASKED_TO_STOP.has(death.exitCode)) return;
    if (death.exitCode !== KILLED) {
      tell(death);
      return;
    }
    killed.push(death);
    if (killed.length > 1) return;
    setTimeout(() => {
      const [only, ...others] = killed;
      killed = [];
      if (only && others.length === 0) tell(only);
    }, TOGETHER_MS).unref();
  };

  const follow = async ({ signal }: AbortController): Promise<void> => {
    while (!signal.aborted) {
      const end = await watch(onDeath, signal).catch(() => 'ended' as const);
      await sleep(end === 'absent' ? ABSENT_MS : AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };

  return {
    listen(onDeathHere) {
      listeners.add(onDeathHere);
      if (!running) {
        running = new AbortController();
        void follow(running);
      }
      return {
        dispose: () => {
          listeners.delete(onDeathHere);
          if (listeners.size > 0) return;
          running?.abort();
          running = undefined;
        },
      };
    },
  };
}
