import type { Diagnosis } from '../../diagnosis/diagnosis.ts';
import type { Fixes } from '../../fixes/fixes.ts';
import type { Doctor } from '../../health/doctor/doctor.ts';
import type { HealthService } from '../../health/healthService.ts';
import type { History } from '../../history/history.ts';
import type { Logs } from '../../logs/logs.ts';
import type { DiagnosisReport } from '../../protocol/diagnosis.ts';
import type { HandshakeResult } from '../../protocol/handshake.ts';
import { Settings } from '../../protocol/settings.ts';
import type { ContainerWatch } from '../../recovery/containerWatch.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Suppressions } from '../../suppression/suppressions.ts';

/** What every connection may call. */
export interface RpcServices {
  diagnosis: Diagnosis;
  fixes: Fixes;
  history: History;
  suppressions: Suppressions;
  logs: Logs;
  containers: ContainerWatch;
  health: HealthService;
  doctor: Doctor;
  logger: Logger;
  /** Compared with the handshake's. */
  nonce: string;
  /** Waits until the HTTP port is known. */
  describe(): Promise<HandshakeResult>;
}

/** One connected window: its settings, and the folders that it wants to hear of. */
export class RpcSession {
  settings: Settings = Settings.parse({});
  readonly workspaces = new Set<string>();
  /** Ends with the connection; every call of this session is cancelled with it. */
  readonly closed = new AbortController();
  notify: (report: DiagnosisReport) => void = () => undefined;
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Sends what nobody waits for. A window may die between two messages: what cannot be sent to it is dropped, and the
   * backend of the others goes on. Never throws.
   */
  tell(send: () => Promise<void>): void {
    if (this.closed.signal.aborted) return;
    // A disposed connection throws at once, a broken one rejects; inside an async function both are a rejection.
    const sent = async (): Promise<void> => send();
    sent().catch((error: unknown) => this.#logger.debug({ err: error }, 'a window did not take a message'));
  }
}
