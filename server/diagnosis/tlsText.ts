import type { Evidence } from '../protocol/diagnosis.ts';
import type { TlsAnswer } from '../systems/tls/tls.ts';
import { addressOf } from './endpointText.ts';
import { clip, logEvidence } from './evidence.ts';
import type { TlsPeer } from './observers/tlsPeers.ts';
import { sourceText } from './targets/target.ts';

export type Handshake = Extract<TlsAnswer, { kind: 'answered' }>;

const DAY_MS = 86_400_000;

/** What the handshake showed, where the address is written, and what the service says of it. */
export function tlsEvidence({ endpoint, entry, trusted }: TlsPeer, answer: Handshake): Evidence[] {
  const { certificate, chainError } = answer;
  const address = addressOf(endpoint);
  return [
    {
      kind: 'probe',
      source: `tls://${address}`,
      text: clip(
        `certificate of ${certificate.subject}, issued by ${certificate.selfSigned ? 'itself' : certificate.issuer}, for ${certificate.names.join(', ') || 'no name'}, valid until ${dateText(certificate.validTo)}${chainError === undefined ? ', trusted' : `: ${chainError}`}`,
      ),
    },
    ...(entry ? [logEvidence(entry)] : []),
    {
      kind: 'config',
      source: sourceText(endpoint.at),
      text: `${endpoint.variable ?? 'the address'} names ${address}${trusted.length > 0 ? `; ${trusted.join(', ')} ${trusted.length > 1 ? 'are' : 'is'} trusted besides` : ''}`,
    },
  ];
}

export function dateText(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** `3 days ago`, `in 5 hours`. */
export function agoText(date: Date, now = new Date()): string {
  const distance = Math.abs(now.getTime() - date.getTime());
  const [value, unit] =
    distance >= DAY_MS
      ? [Math.round(distance / DAY_MS), 'day']
      : [Math.max(1, Math.round(distance / 3_600_000)), 'hour'];
  const text = `${value} ${unit}${value === 1 ? '' : 's'}`;
  return date < now ? `${text} ago` : `in ${text}`;
}
