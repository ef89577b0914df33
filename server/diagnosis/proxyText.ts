import type { Evidence } from '../protocol/diagnosis.ts';
import { addressOf } from './endpointText.ts';
import type { NginxComplaint } from './nginxText.ts';
import type { ProxyError, ProxyState, UpstreamProbe } from './observers/proxyStates.ts';
import { sourceText } from './targets/target.ts';

/** The newest complaint of these kinds about one of the servers: a recent one, else any. */
export function complaintAbout(
  { errors }: ProxyState,
  probes: readonly UpstreamProbe[],
  kinds: readonly NginxComplaint['kind'][],
): ProxyError | undefined {
  const about = errors.filter((error) => kinds.includes(error.kind) && probes.some((probe) => isNamed(error, probe)));
  return about.findLast(({ recent }) => recent) ?? about.at(-1);
}

/** nginx names the address that it tried, and the upstream as a whole when it had none left to try. */
function isNamed({ upstream }: ProxyError, { host, port, resolution, proxy }: UpstreamProbe): boolean {
  if (upstream === undefined) return false;
  const hosts = [host, ...(resolution.kind === 'resolved' ? resolution.addresses : [])];
  return hosts.some((each) => upstream === serverText({ host: each, port })) || upstream === authorityOf(proxy.url);
}

export function authorityOf(url: string): string {
  return /^\w+:\/\/([^/]+)/.exec(url)?.[1] ?? '';
}

/** `127.0.0.1:3000`, `unix:/run/app.sock`: as nginx names it. */
export function serverText({ host, port }: Pick<UpstreamProbe, 'host' | 'port'>): string {
  return host.startsWith('unix:') ? host : addressOf({ host, port });
}

/** What one server behind the proxy answered now, and where it is named. */
export function upstreamEvidence(probe: UpstreamProbe): Evidence {
  const { resolution, connection, host, at } = probe;
  const text =
    resolution.kind !== 'resolved'
      ? `${host} has no address: ${resolution.because}`
      : connection?.kind === 'unreachable'
        ? connection.because
        : {
            accepted: `accepted a connection in ${Math.round(connection?.durationMs ?? 0)} ms`,
            refused: 'connection refused',
            timedOut: `no answer within ${Math.round(connection?.durationMs ?? 0)} ms`,
          }[connection?.kind ?? 'refused'];
  return {
    kind: 'probe',
    source: host.startsWith('unix:') ? host : `tcp://${addressOf(probe)}`,
    text: `${text} (named in ${sourceText(at)})`,
  };
}

export function passEvidence({ proxy }: UpstreamProbe): Evidence {
  const where = proxy.location === '' ? '' : `location ${proxy.location}: `;
  return { kind: 'config', source: sourceText(proxy.at), text: `${where}passes to ${proxy.url}` };
}
