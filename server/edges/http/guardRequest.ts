import type { FastifyReply, FastifyRequest } from 'fastify';

/** Loopback is not a trust boundary: any page in a browser can reach it. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export interface GuardOptions {
  /** Host names under which this server may be asked, without port. */
  hosts: ReadonlySet<string>;
}

/**
 * Refuses requests that a foreign page could have caused: an unknown Host (DNS rebinding), any Origin (no CORS), another
 * method than reading.
 */
export function guardRequest(
  options: GuardOptions,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  return async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    if (!options.hosts.has(host))
      return refuse(reply, 421, 'host.unknown', 'This server answers only under its own name.');
    if (request.headers.origin !== undefined || request.headers['sec-fetch-site'] === 'cross-site')
      return refuse(reply, 403, 'origin.refused', 'Requests from web pages are refused.');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(reply, 405, 'method.refused', 'Only GET is served here.');
    return undefined;
  };
}

/** Answers with an error as JSON. */
export function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ error: { code, message } });
}
