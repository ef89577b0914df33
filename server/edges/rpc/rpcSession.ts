import type { Diagnosis } from '../../diagnosis/diagnosis.ts';
import type { Doctor } from '../../health/doctor/doctor.ts';
import type { HealthService } from '../../health/healthService.ts';
import type { DiagnosisReport } from '../../protocol/diagnosis.ts';
import type { HandshakeResult } from '../../protocol/handshake.ts';
import { Settings } from '../../protocol/settings.ts';
import type { Logger } from '../../runtime/logger.ts';

/** What every connection may call. */
export interface RpcServices {
  diagnosis: Diagnosis;
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
}
