import type { HttpAnswer } from '../../systems/http/http.ts';
import { defineObserver } from '../observer.ts';
import { type HealthRoute, healthRoutesIn } from '../source/healthRoute.ts';
import { type ServiceState, serviceStates } from './serviceStates.ts';
import { sourceFacts } from './workspaceFiles.ts';

/** What a running service says of itself on a health route that its own code offers. */
export interface HealthAnswer {
  service: string;
  url: string;
  route: HealthRoute;
  answer: HttpAnswer;
}

/** It was told something, however late and whatever. */
export function isAnswered({ answer }: HealthAnswer): boolean {
  return answer.kind === 'answered';
}

const ANSWER_MS = 2_000;
const MAX_ROUTES = 3;

/** One GET of the health routes that the code of a running service names: routes made to be asked by machines, and no others. */
export const healthAnswers = defineObserver<HealthAnswer[]>({
  id: 'services.health',
  label: 'health routes of the services',
  timeoutMs: ANSWER_MS + 3_000,
  observe: async ({ systems, signal, use }) => {
    const [states, source] = await Promise.all([use(serviceStates), use(sourceFacts)]);
    const asked = states
      .filter((state) => state.running)
      .flatMap((state) => {
        const { service } = state;
        const base = addressToAsk(state);
        if (!base) return [];
        const own = source.files.filter((file) => service.folder === '' || file.startsWith(`${service.folder}/`));
        const routes = own.flatMap((file) => healthRoutesIn(file, source.textOf(file) ?? ''));
        const unique = [...new Map(routes.map((route) => [route.path, route])).values()].slice(0, MAX_ROUTES);
        return unique.map((route) => ({
          service: service.name,
          url: `${base.url}${route.path}`,
          route,
        }));
      });
    return Promise.all(
      asked.map(async (question) => ({
        ...question,
        answer: await systems.http.get(question.url, { timeoutMs: ANSWER_MS, signal }),
      })),
    );
  },
});

/** Where a running service takes requests: on its own port of this machine, or on the one that the engine publishes for it. */
export function addressToAsk({
  service,
  listeners,
  container,
}: Pick<ServiceState, 'service' | 'listeners' | 'container'>): { url: string; port: number } | undefined {
  const [published] = container?.ports ?? [];
  const listener =
    listeners.find(({ port }) => service.ports.some((declared) => declared.port === port)) ??
    listeners[0] ??
    (published && { port: published.host, address: published.hostAddress || '127.0.0.1' });
  if (!listener) return undefined;
  const host = listener.address.includes(':')
    ? '[::1]'
    : listener.address === '0.0.0.0'
      ? '127.0.0.1'
      : listener.address;
  return { url: `http://${host}:${listener.port}`, port: listener.port };
}
