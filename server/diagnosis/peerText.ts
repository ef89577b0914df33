import type { Evidence } from '../protocol/diagnosis.ts';
import type { Connection } from '../systems/network/network.ts';
import { isLoopback } from './targets/loopback.ts';
import {
  type EndpointTarget,
  isEndpoint,
  isService,
  type ServiceTarget,
  sourceText,
  type Target,
  type Variable,
} from './targets/target.ts';

/** Who is meant by an address that a service's log names, and on whom a finding about it falls. */
export function peerBehind(
  { host, port }: { host: string; port: number },
  service: ServiceTarget,
  targets: readonly Target[],
): { variable: Variable | undefined; peer: ServiceTarget | EndpointTarget | undefined; target: string } {
  const variable = service.environment.find(({ value }) => value.includes(`:${port}`) || value.trim() === String(port));
  const peer = peerOf(variable, service, targets) ?? peerAt(host, port, service, targets);
  return { variable, peer, target: peer && isNeededBy(peer, service) ? peer.name : service.name };
}

/** The service of the workspace that a variable's address is meant for, by the edge that the variable made. */
function peerOf(
  variable: Variable | undefined,
  self: ServiceTarget,
  targets: readonly Target[],
): ServiceTarget | undefined {
  const edge = self.dependsOn.find(({ source }) => variable !== undefined && source === sourceText(variable.at));
  return targets.filter(isService).find(({ name }) => name === edge?.target);
}

/** What the workspace knows to stand at an address. */
function peerAt(
  host: string,
  port: number,
  self: ServiceTarget,
  targets: readonly Target[],
): ServiceTarget | EndpointTarget | undefined {
  const endpoint = targets
    .filter(isEndpoint)
    .find((target) => target.port === port && (target.host === host || (isLoopback(target.host) && isLoopback(host))));
  return (
    endpoint ??
    targets
      .filter(isService)
      .find(
        (target) =>
          target.name !== self.name &&
          (target.name === host || (isLoopback(host) && target.ports.some((declared) => declared.port === port))),
      )
  );
}

/** Only along an edge of the targets does a fault of the peer explain what the service suffers. */
function isNeededBy(peer: Target, service: ServiceTarget): boolean {
  return service.dependsOn.some((edge) => edge.target === peer.name);
}

export function connectionEvidence(address: string, connection: Connection): Evidence {
  const took = `${Math.round(connection.durationMs)} ms`;
  const text = {
    accepted: `accepted a connection in ${took}`,
    refused: `connection refused (${took})`,
    timedOut: `no answer (${took})`,
    unreachable: `${connection.kind === 'unreachable' ? connection.because : ''} (${took})`,
  }[connection.kind];
  return { kind: 'probe', source: `tcp://${address}`, text };
}

/** A database or cache of the workspace has its own cause, which asks more than the port. */
export function isDatastore(port: number | undefined, targets: readonly Target[]): boolean {
  return targets.some((target) => isEndpoint(target) && target.kind !== 'endpoint' && target.port === port);
}
