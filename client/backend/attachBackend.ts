import { setTimeout as delay } from 'node:timers/promises';
import { TektraError } from '../../server/protocol/errors.ts';
import { EXIT_CODES } from '../../server/protocol/exitCodes.ts';
import type { Crash } from './crashBudget.ts';
import { crashCause, crashCauseOf } from './crashCause.ts';
import { endProcess } from './endProcess.ts';
import type { LanguageConnection } from './languageConnection.ts';
import type { LaunchedBackend } from './launchBackend.ts';

/** A backend that this window may use. */
export interface AttachedBackend {
  readonly connection: LanguageConnection;
  /** The process, when this window started it; another window's otherwise. */
  readonly launched: LaunchedBackend | undefined;
}

export type AttachOutcome = { kind: 'attached'; backend: AttachedBackend } | { kind: 'crashed'; crash: Crash };

/** What attaching consists of; tests give their own. */
export interface AttachSteps {
  /** Undefined when no backend listens. Errors: as openLanguageConnection. */
  connect(): Promise<LanguageConnection | undefined>;
  launch(): LaunchedBackend;
}

/** A backend that neither listens nor dies within this time hangs; a busy machine needs some of it. Milliseconds. */
const START_MS = 20_000;
/** How often it is looked whether another window's backend listens by now. */
const POLL_MS = 50;
/** After another process proved to lead, it gets this long to listen before its place is contested again. */
const LEADER_MS = 500;

/**
 * Connects to the user's backend, and starts one when none listens. Of several windows that start one at the same time,
 * the operating system's lock lets one process lead; the others end by themselves, which is no fault.
 * @param signal gives up; a process just started then ends by itself, unless another window uses it
 * @throws TektraError protocol.mismatch, backend.unavailable (the state folder cannot be read); the signal's reason
 */
export async function attachBackend(steps: AttachSteps, signal: AbortSignal): Promise<AttachOutcome> {
  const startedAt = performance.now();
  let launched: LaunchedBackend | undefined;
  let ready: Promise<void> | undefined;
  let launchAfter = 0;
  const crashed = (crash: Crash): AttachOutcome => ({ kind: 'crashed', crash });
  try {
    for (;;) {
      signal.throwIfAborted();
      const found = await connectOnce(steps);
      if (found === 'unresponsive') return crashed(unresponsive(startedAt));
      if (found) {
        if (signal.aborted) await found.goodbye();
        signal.throwIfAborted();
        const own = launched?.pid === found.server.pid ? launched : undefined;
        if (!own) launched?.release();
        return { kind: 'attached', backend: { connection: found, launched: own } };
      }
      const now = performance.now();
      if (launched?.exit) {
        if (launched.exit.exitCode !== EXIT_CODES.alreadyRunning)
          return crashed({ cause: crashCause(launched.exit), uptimeMs: now - launched.startedAt, own: true });
        launched = undefined;
        launchAfter = now + LEADER_MS;
      }
      if (now - startedAt > START_MS) {
        if (launched?.pid !== undefined) await endProcess(launched.pid, 0);
        return crashed(unresponsive(startedAt));
      }
      if (!launched && now >= launchAfter) {
        launched = steps.launch();
        ready = launched.ready.then(() => {
          ready = undefined;
        });
      }
      const awaited = [delay(POLL_MS), launched?.exited, ready].filter((event) => event !== undefined);
      await Promise.race<unknown>(awaited);
    }
  } catch (error) {
    launched?.release();
    throw error;
  }
}

/** Failures that only mean "not yet": the lock file and the socket were of two backends, or it went away meanwhile. */
async function connectOnce(steps: AttachSteps): Promise<LanguageConnection | 'unresponsive' | undefined> {
  try {
    return await steps.connect();
  } catch (error) {
    if (error instanceof TektraError && error.code === 'request.timeout') return 'unresponsive';
    if (error instanceof TektraError && (error.code === 'handshake.refused' || error.code === 'backend.unavailable'))
      return undefined;
    if (error instanceof TektraError) throw error;
    // The state folder cannot be read, or the socket is another user's.
    const startError = error instanceof Error ? error.message : String(error);
    const { message, action } = crashCause({ exitCode: null, signal: null, startError, errorOutput: '' });
    throw new TektraError('backend.unavailable', message, { cause: error, action });
  }
}

function unresponsive(since: number): Crash {
  return { cause: crashCauseOf('unresponsive'), uptimeMs: performance.now() - since, own: false };
}
