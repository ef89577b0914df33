import { inspectPeer } from './inspectPeer.ts';

export interface CertificateFacts {
  /** Common name, or the whole subject when it has none. */
  subject: string;
  issuer: string;
  /** `DNS:shop.test`, `IP Address:127.0.0.1`, as the certificate lists them. */
  names: string[];
  validFrom: Date;
  validTo: Date;
  selfSigned: boolean;
}

/** What a TLS handshake showed. */
export type TlsAnswer =
  | {
      kind: 'answered';
      certificate: CertificateFacts;
      /** OpenSSL's word for what is wrong with the chain, as Node gives it; undefined when it is trusted. */
      chainError: string | undefined;
      /** Whether the certificate is for the name that was asked for. */
      nameMatches: boolean;
      protocol: string;
      durationMs: number;
    }
  /** It takes the connection and does not speak TLS. */
  | { kind: 'notTls'; because: string; durationMs: number }
  | { kind: 'refused' | 'timedOut' | 'unreachable'; because: string; durationMs: number };

/** Handshakes as a client makes them; nothing is sent after. */
export interface Tls {
  /**
   * @param peer.name what the client calls the peer: sent as SNI, and compared with the certificate
   * @param peer.authorities certificates of authorities to trust besides the usual ones, PEM
   */
  inspect(
    peer: { address: string; port: number; name: string; authorities: string[] },
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<TlsAnswer>;
}

export function createTls(): Tls {
  return { inspect: inspectPeer };
}
