import { isIP } from 'node:net';
import { checkServerIdentity, connect, type PeerCertificate, rootCertificates, type TLSSocket } from 'node:tls';
import { TimeLimitExceeded, withDeadline } from '../../runtime/deadline.ts';
import type { CertificateFacts, Tls, TlsAnswer } from './tls.ts';

/** @throws the signal's reason when cancelled */
export const inspectPeer: Tls['inspect'] = async (peer, { timeoutMs, signal }) => {
  const started = performance.now();
  const durationMs = (): number => performance.now() - started;
  try {
    return await withDeadline((limit) => handshake(peer, limit, durationMs), timeoutMs, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TimeLimitExceeded)
      return { kind: 'timedOut', because: `no handshake within ${timeoutMs} ms`, durationMs: durationMs() };
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const because = error instanceof Error ? error.message : String(error);
    if (code === 'ECONNREFUSED') return { kind: 'refused', because, durationMs: durationMs() };
    // OpenSSL on bytes that are no TLS record, or a peer that hangs up on the hello.
    if (code.startsWith('ERR_SSL') || code === 'EPROTO' || code === 'ECONNRESET')
      return { kind: 'notTls', because: code, durationMs: durationMs() };
    return { kind: 'unreachable', because, durationMs: durationMs() };
  }
};

function handshake(
  { address, port, name, authorities }: Parameters<Tls['inspect']>[0],
  signal: AbortSignal,
  durationMs: () => number,
): Promise<TlsAnswer> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      host: address,
      port,
      // It is the certificate that is looked at: a wrong one must not end the handshake.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ...(authorities.length > 0 ? { ca: [...rootCertificates, ...authorities] } : {}),
    });
    const end = (): void => void socket.destroy();
    signal.addEventListener('abort', end, { once: true });
    socket.once('error', reject);
    socket.once('close', () => reject(Object.assign(new Error('closed without a handshake'), { code: 'ECONNRESET' })));
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate(true);
      const chainError = socket.authorized ? undefined : String(socket.authorizationError);
      resolve({
        kind: 'answered',
        certificate: factsOf(certificate),
        chainError,
        nameMatches: checkServerIdentity(name, certificate) === undefined,
        protocol: socket.getProtocol() ?? 'unknown',
        durationMs: durationMs(),
      });
      end();
    });
  });
}

function factsOf(certificate: PeerCertificate): CertificateFacts {
  const { subject, issuer, subjectaltname, valid_from, valid_to, fingerprint256 } = certificate;
  const above = (certificate as PeerCertificate & { issuerCertificate?: PeerCertificate }).issuerCertificate;
  return {
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    names: (subjectaltname ?? '').split(', ').filter((name) => name !== ''),
    validFrom: new Date(valid_from),
    validTo: new Date(valid_to),
    selfSigned: above === undefined ? nameOf(subject) === nameOf(issuer) : above.fingerprint256 === fingerprint256,
  };
}

function nameOf(entity: PeerCertificate['subject'] | undefined): string {
  const name = entity?.CN ?? entity?.O;
  return Array.isArray(name) ? name.join(', ') : (name ?? 'no name');
}
