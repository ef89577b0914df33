import type { HealthService } from '../../health/healthService.ts';
import { TektraError } from '../../protocol/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { guardRequest, refuse } from './guardRequest.ts';
import { healthRoutes } from './healthRoutes.ts';

export const DEFAULT_HTTP_PORT = 8000;
/** How many ports above the wanted one are tried. */
const PORTS_TRIED = 50;
const BODY_LIMIT_BYTES = 64 << 10;

export interface HttpServer {
  host: string;
  port: number;
  wantedPort: number;
  close(): Promise<void>;
}

export interface HttpOptions {
  host: string;
  port: number;
  /** Take exactly this port or none. */
  strict: boolean;
  health: HealthService;
  logger: Logger;
}

/**
 * Starts the HTTP API on the wanted port or the next free one.
 * @throws TektraError backend.port-busy
 */
export async function createHttpServer({
  host,
  port: wantedPort,
  strict,
  health,
  logger,
}: HttpOptions): Promise<HttpServer> {
  const { default: fastify } = await import('fastify');
  const hosts = new Set(['127.0.0.1', 'localhost', '[::1]', host.includes(':') ? `[${host}]` : host]);
  const guard = guardRequest({ hosts });
  const server = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: 15_000,
    connectionTimeout: 30_000,
    routerOptions: { maxParamLength: 100 },
    forceCloseConnections: true,
    // An address that cannot be read reaches no hook and no handler; it is guarded, and answered like any other, here.
    frameworkErrors: async (error, request, reply) => {
      if (!(await guard(request, reply)))
        refuse(reply, error.statusCode ?? 400, 'route.invalid', 'This address cannot be read.');
    },
  });
  server.addHook('onRequest', guard);
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: { code: 'route.unknown', message: 'There is nothing here. Try /health.' } }),
  );
  server.setErrorHandler((error, _request, reply) => {
    logger.error({ err: error }, 'an HTTP request failed');
    return reply.code(500).send({ error: { code: 'internal', message: 'The request failed; the log says why.' } });
  });
  healthRoutes(server, health);
  for (let port = wantedPort; ; port++) {
    try {
      await server.listen({ host, port });
      const address = server.server.address();
      return {
        host,
        port: typeof address === 'object' && address !== null ? address.port : port,
        wantedPort,
        close: () => server.close(),
      };
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      const next =
        !strict && (code === 'EADDRINUSE' || code === 'EACCES') && port < wantedPort + PORTS_TRIED && port < 65_535;
      if (!next)
        throw new TektraError('backend.port-busy', `HTTP cannot listen on ${host}:${port} (${code}).`, {
          cause: error,
          action: 'Choose another port with --port.',
        });
    }
  }
}
