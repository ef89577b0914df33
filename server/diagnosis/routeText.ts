import type { Evidence } from '../protocol/diagnosis.ts';
import type { Route } from '../systems/network/network.ts';

/** The way to an address, as the kernel would send. */
export function routeEvidence(address: string, route: Route): Evidence[] {
  if (route.kind === 'unknown') return [];
  return [{ kind: 'probe', source: route.source, text: `${address}: ${routeText(route)}` }];
}

export function routeText(route: Exclude<Route, { kind: 'unknown' }>): string {
  if (route.kind === 'none') return route.because;
  if (route.local) return `this machine itself${route.device === undefined ? '' : `, over ${route.device}`}`;
  return `over ${route.device ?? 'an interface'}${route.gateway === undefined ? '' : ` and the gateway ${route.gateway}`}`;
}
