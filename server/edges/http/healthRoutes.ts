import type { FastifyInstance, FastifyReply } from 'fastify';
import type { HealthService } from '../../health/healthService.ts';
import type { HealthCheck } from '../../protocol/health.ts';

const HEALTH_JSON = 'application/health+json; charset=utf-8';

/** `/health`, `/health/live`, `/health/detailed`, `/health/{component}`: draft-inadarei-api-health-check. A failing status answers 503. */
export function healthRoutes(server: FastifyInstance, health: HealthService): void {
  const never = new AbortController().signal;
  server.get('/health/live', async (_request, reply) => send(reply, 'pass', { status: 'pass' }));
  server.get('/health', async (_request, reply) => {
    const { status, version } = await health.report(never);
    return send(reply, status, { status, version, serviceId: 'tektra' });
  });
  server.get('/health/detailed', async (_request, reply) => {
    const report = await health.report(never);
    return send(reply, report.status, {
      status: report.status,
      version: report.version,
      serviceId: 'tektra',
      notes: [`pid ${report.pid}`, `up ${report.uptimeSeconds} s`],
      checks: Object.fromEntries(report.checks.map((check) => [check.component, [entryOf(check)]])),
    });
  });
  server.get<{ Params: { component: string } }>('/health/:component', async (request, reply) => {
    const check = await health.check(request.params.component, never);
    if (!check)
      return reply.code(404).send({
        error: {
          code: 'component.unknown',
          message: `There is no component "${request.params.component}".`,
          components: health.components,
        },
      });
    return send(reply, check.status, { ...entryOf(check), component: check.component });
  });
}

function entryOf({ component: _component, ...check }: HealthCheck): Omit<HealthCheck, 'component'> {
  return check;
}

function send(reply: FastifyReply, status: HealthCheck['status'], body: unknown): FastifyReply {
  return reply
    .code(status === 'fail' ? 503 : 200)
    .header('content-type', HEALTH_JSON)
    .send(JSON.stringify(body));
}
