import type { ClientRequest, IncomingMessage } from 'node:http';
import { TimeLimitExceeded, withDeadline } from '../../runtime/deadline.ts';
import type { HttpAnswer } from './http.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** What codes of a failed request mean, for a person. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens on the port',
  ECONNRESET: 'the connection was closed without an answer',
  ETIMEDOUT: 'no answer to the connection request',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be resolved now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'there is no route to its network',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate chain ends in one that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate chain is incomplete or not trusted',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  EPROTO: 'the peer does not speak TLS',
};

/**
 * One GET. A redirect is an answer like any other; the connection is not kept.
 * @throws the signal's reason when cancelled
 */
export async function getUrl(
  url: string,
  options: { timeoutMs: number; signal: AbortSignal; key?: string },
): Promise<HttpAnswer> {
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  let begun = false;
  try {
    const parsed = new URL(url);
    const { status, body } = await withDeadline(
      (signal) =>
        request(parsed, { signal, key: options.key }, () => {
          begun = true;
        }),
      options.timeoutMs,
      options.signal,
    );
    return { kind: 'answered', status, body, durationMs: elapsed() };
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof TimeLimitExceeded) {
      return { kind: 'failed', because: error.message, code: 'ETIMEDOUT', durationMs: elapsed(), begun };
    }
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    const message = error instanceof Error ? error.message : String(error);
    // The parser's errors (HPE_…) mean that the peer speaks no HTTP.
    const reason = code?.startsWith('HPE_') ? 'the peer does not speak HTTP' : (REASONS[code ?? ''] ?? message);
    return {
      kind: 'failed',
      because: code === undefined ? reason : `${reason} (${code})`,
      code,
      durationMs: elapsed(),
    };
  }
}

async function request(
  url: URL,
  { signal, key }: { signal: AbortSignal; key: string | undefined },
  onBegin: () => void,
): Promise<{ status: number; body: string }> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`${url.protocol} is no protocol of the web`);
  }
  // Credentials in the URL are not sent: this observer asks as a stranger.
  url.username = '';
  url.password = '';
  const { get } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing: ClientRequest = get(url, {
    agent: false,
    signal,
    headers: {
      accept: '*/*',
      connection: 'close',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}`, 'x-api-key': key }),
    },
  });
  outgoing.on('error', reject);
  outgoing.on('response', resolve);
  try {
    const response = await promise;
    onBegin();
    return { status: response.statusCode ?? 0, body: await readBody(response) };
  } finally {
    outgoing.destroy();
  }
}

/** At most MAX_BODY_BYTES; a body that breaks off is returned as far as it came, since the status has been told. */
async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue;
      chunks.push(chunk);
      length += chunk.length;
      if (length >= MAX_BODY_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) throw error;
  }
  return Buffer.concat(chunks).toString('utf8', 0, MAX_BODY_BYTES);
}
