import path from 'node:path';
import type { TlsAnswer } from '../../systems/tls/tls.ts';
import { defineObserver } from '../observer.ts';
import { type EndpointTarget, isService } from '../targets/target.ts';
import { endpointProbes } from './endpointProbes.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';

/** A peer that a service talks to over TLS, with what a handshake shows now. */
export interface TlsPeer {
  endpoint: EndpointTarget;
  /** A service that needs it, first the one that complains. */
  user: ServiceState | undefined;
  /** Its newest complaint of a certificate. */
  entry: LogEntry | undefined;
  /** Files of authorities that the user is told to trust, relative to the workspace. */
  trusted: string[];
  answer: TlsAnswer;
}

export const CERTIFICATE_TROUBLE =
  /certificate|CERT_|self.signed|UNABLE_TO_VERIFY|ALTNAME|x509:|SSLError|SSL_ERROR|\bssl\b.{0,80}\b(?:verify|handshake|expired)|PKIX path|tlsv1 alert/i;
const HANDSHAKE_MS = 2_500;
const MAX_PEERS = 12;
/** Variables by which Node, OpenSSL, Python, curl and Git are told of further authorities. */
const AUTHORITIES = new Set([
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PGSSLROOTCERT',
]);

/** Every peer of the workspace that is spoken to over TLS and accepts connections. */
export const tlsPeers = defineObserver<TlsPeer[]>({
  id: 'tls.peers',
  label: 'certificates of peers',
  timeoutMs: 12_000,
  observe: async ({ systems, workspace, signal, use }) => {
    const [probes, states] = await Promise.all([use(endpointProbes), use(serviceStates)]);
    const spoken = probes.filter(
      ({ endpoint, connection }) => endpoint.tls && endpoint.engine !== 'postgres' && connection?.kind === 'accepted',
    );
    return Promise.all(
      spoken.slice(0, MAX_PEERS).map(async ({ endpoint, connection }): Promise<TlsPeer> => {
        const users = states.filter(({ service }) => service.dependsOn.some((edge) => edge.target === endpoint.name));
        const complaining = users.flatMap((user) => {
          const entry = [...user.errors, ...user.warnings].findLast(({ record }) =>
            CERTIFICATE_TROUBLE.test(record.text),
          );
          return entry ? [{ user, entry }] : [];
        })[0];
        const user = complaining?.user ?? users[0];
        const trusted = (user && isService(user.service) ? user.service.environment : [])
          .filter(({ name, value }) => AUTHORITIES.has(name) && value !== '')
          .map(({ value }) => path.relative(workspace, path.resolve(workspace, user?.service.folder ?? '', value)));
        const authorities = await Promise.all(
          trusted.map((file) => systems.files.readText(path.join(workspace, file), { signal })),
        );
        const answer = await systems.tls.inspect(
          {
            address: connection?.address ?? endpoint.host,
            port: endpoint.port,
            name: endpoint.host,
            authorities: authorities.filter((text) => text !== undefined),
          },
          { timeoutMs: HANDSHAKE_MS, signal },
        );
        return { endpoint, user, entry: complaining?.entry, trusted, answer };
      }),
    );
  },
});
