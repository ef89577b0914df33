import { setTimeout as delay } from 'node:timers/promises';
import { Emitter } from 'vscode-jsonrpc';
import { fromResponseError, TektraError } from '../../server/protocol/errors.ts';
import type { BackendState } from '../../server/protocol/health.ts';
import type { Log } from '../editor/log.ts';
import type { AttachedBackend, AttachOutcome } from './attachBackend.ts';
import type { Crash, CrashBudget } from './crashBudget.ts';
import { crashCause, crashCauseOf } from './crashCause.ts';
import type { LanguageConnection } from './languageConnection.ts';

/** One stretch of supervision: from a start that was asked for until it is stopped or given up. */
interface Run {
  readonly abort: AbortController;
  ready: PromiseWithResolvers<LanguageConnection>;
  current: AttachedBackend | undefined;
  finished: Promise<void>;
}

/** A process whose connection broke is gone soon after; its exit then names the cause. Milliseconds. */
const EXIT_MS = 1_000;

/** Keeps this window attached to a backend: attaches again after a crash, as the budget allows. */
export class Supervisor {
  readonly #attach: (signal: AbortSignal) => Promise<AttachOutcome>;
  readonly #budget: CrashBudget;
  readonly #log: Log;
  readonly #changed = new Emitter<BackendState>();
  #state: BackendState = { phase: 'stopped' };
  #run: Run | undefined;

  readonly onDidChangeState = this.#changed.event;

  constructor(attach: (signal: AbortSignal) => Promise<AttachOutcome>, budget: CrashBudget, log: Log) {
    this.#attach = attach;
    this.#budget = budget;
    this.#log = log;
  }

  get state(): BackendState {
    return this.#state;
  }

  /** The connection of now, if there is one: usable at once, ahead of those who wait in {@link ready}. */
  get connection(): LanguageConnection | undefined {
    return this.#run?.current?.connection;
  }

  /**
   * The connection, as soon as there is one; starts the supervision when it does not go on.
   * @throws TektraError the one message of a backend that was given up; backend.unavailable when stopped meanwhile
   */
  ready(): Promise<LanguageConnection> {
    this.#run ??= this.#begin();
    return this.#run.ready.promise;
  }

  /** Ends the supervision and hands over the backend that was attached, whose goodbye is the caller's. Never rejects. */
  async stop(phase: 'stopped' | 'starting'): Promise<AttachedBackend | undefined> {
    const run = this.#run;
    if (run) {
      const { current } = run;
      this.#run = undefined;
      run.abort.abort(new TektraError('backend.unavailable', "Tektra's backend was stopped.", { retryable: true }));
      run.ready.reject(run.abort.signal.reason);
      this.#setState({ phase });
      await (current ? undefined : run.finished);
      return current;
    }
    this.#setState({ phase });
    return undefined;
  }

  /** The one place where a backend is given up: says so once. @returns the error for those who wait */
  giveUp(thrown: unknown): TektraError {
    const error = fromResponseError(thrown);
    const message = [error.message, error.action].filter((part) => part !== undefined).join(' ');
    this.#log.error(message);
    this.#setState({ phase: 'failed', message });
    return error;
  }

  #begin(): Run {
    const run: Run = {
      abort: new AbortController(),
      ready: waitable(),
      current: undefined,
      finished: Promise.resolve(),
    };
    this.#setState({ phase: 'starting' });
    run.finished = this.#supervise(run).catch((error: unknown) => {
      if (run.abort.signal.aborted) return;
      this.#run = undefined;
      run.ready.reject(this.giveUp(error));
    });
    return run;
  }

  /** Runs until stopped or given up. @throws what attaching throws, and the reason of the stop */
  async #supervise(run: Run): Promise<void> {
    const { signal } = run.abort;
    for (;;) {
      const outcome = await this.#attach(signal);
      const crash = outcome.kind === 'crashed' ? outcome.crash : await this.#attend(run, outcome.backend);
      signal.throwIfAborted();
      const decision = this.#budget.record(crash);
      if (decision.kind === 'stop')
        throw new TektraError('backend.unavailable', decision.message, { action: crash.cause.action });
      this.#log.warn(`${crash.cause.message} It is started again in ${Math.round(decision.delayMs)} ms.`);
      this.#setState({ phase: 'starting', message: crash.cause.message });
      await delay(decision.delayMs, undefined, { signal });
    }
  }

  /** Resolves when the backend is gone, with the reason. */
  async #attend(run: Run, backend: AttachedBackend): Promise<Crash> {
    const { connection, launched } = backend;
    const attachedAt = performance.now();
    const { server } = connection;
    const { signal } = run.abort;
    // Stopped in the very moment between the handshake and here.
    if (signal.aborted) await connection.goodbye();
    signal.throwIfAborted();
    this.#log.info(`Attached to the backend ${server.serverVersion}, pid ${server.pid}.`);
    run.current = backend;
    // The state first: who listens to it may send ahead of the requests that wait (the settings must).
    this.#setState(runningState(backend));
    run.ready.resolve(connection);
    await connection.closed;
    run.current = undefined;
    signal.throwIfAborted();
    run.ready = waitable();
    this.#setState({ phase: 'starting' });
    const patience = new AbortController();
    const tooLong = delay(EXIT_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    const exit = launched && (await Promise.race([launched.exited, tooLong]));
    patience.abort();
    const since = launched?.startedAt ?? attachedAt;
    const cause = exit ? crashCause(exit) : crashCauseOf('connection-lost');
    return { cause, uptimeMs: performance.now() - since, own: launched !== undefined };
  }

  #setState(state: BackendState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#changed.fire(state);
  }
}

function runningState({ connection }: AttachedBackend): BackendState {
  const { http } = connection.server;
  if (!http) return { phase: 'running' };
  const moved = http.port === http.wantedPort ? {} : { message: `port ${http.wantedPort} was taken` };
  return { phase: 'running', httpPort: http.port, ...moved };
}

/** A promise that nobody may be waiting for when it is rejected. */
function waitable(): PromiseWithResolvers<LanguageConnection> {
  const waiting = Promise.withResolvers<LanguageConnection>();
  waiting.promise.catch(() => undefined);
  return waiting;
}
