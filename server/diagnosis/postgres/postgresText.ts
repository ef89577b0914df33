import type { Evidence } from '../../protocol/diagnosis.ts';
import type { PostgresAnswer } from '../../systems/postgres/postgres.ts';
import type { PostgresFacts, PostgresSession } from '../../systems/postgres/postgresFacts.ts';
import { type Judgement, unknown } from '../cause.ts';
import type { Complaint } from '../endpointComplaint.ts';
import { addressOf } from '../endpointText.ts';
import { logEvidence } from '../evidence.ts';
import type { EndpointProbe } from '../observers/endpointProbes.ts';
import type { ServiceState } from '../observers/serviceStates.ts';

/** What PostgreSQL adds to the causes that every database shares. Each looks at one probe; of another engine's it says nothing. */
export type JudgePostgres = (probe: EndpointProbe, states: readonly ServiceState[]) => Judgement[];

/** A server that let us in, and what it told. */
export interface OpenPostgres {
  probe: EndpointProbe;
  answer: Extract<PostgresAnswer, { kind: 'connected' }>;
  facts: PostgresFacts | undefined;
}

export function openPostgres(probe: EndpointProbe): OpenPostgres | undefined {
  const answer = probe.postgres;
  return answer?.kind === 'connected' ? { probe, answer, facts: answer.facts } : undefined;
}

export function serverName(probe: EndpointProbe): string {
  return `PostgreSQL at ${addressOf(probe.endpoint)}`;
}

/** The database that the login is in. */
export function databaseOf({ endpoint }: EndpointProbe): string {
  return endpoint.database ?? endpoint.user ?? 'postgres';
}

export function postgresFact({ endpoint }: EndpointProbe, what: string, text: string): Evidence {
  return { kind: 'database', source: `postgres://${addressOf(endpoint)} ${what}`, text };
}

export function said(complaint: Complaint | undefined): Evidence[] {
  return complaint ? [logEvidence(complaint.entry)] : [];
}

/** `session 4121 of shop, idle in its transaction for 40 s after "UPDATE …"`. */
export function sessionText(session: PostgresSession): string {
  const { pid, role, application, state, query } = session;
  const who = `session ${pid} of ${role}${application === '' ? '' : ` (${application})`}`;
  const words = query === undefined ? '' : ` "${query}"`;
  if (state === undefined) return `${who}, whose doings this login may not see`;
  if (isInTransaction(session))
    return `${who}, idle in its transaction, open for ${seconds(session.transactionSeconds)}${words && `, after${words}`}`;
  if (state === 'active') return `${who}, running${words} for ${seconds(session.querySeconds)}`;
  return `${who}, ${state} for ${seconds(session.stateSeconds)}${words && ` after${words}`}`;
}

/** It has begun a transaction and does nothing in it: what it holds it keeps. */
export function isInTransaction({ state }: PostgresSession): boolean {
  return state?.startsWith('idle in transaction') === true;
}

export function seconds(value: number | undefined): string {
  if (value === undefined) return 'some time';
  if (value < 10) return `${Math.max(0, value).toFixed(1)} s`;
  return value < 600 ? `${Math.round(value)} s` : `${Math.round(value / 60)} min`;
}

/** A suspect on a server that does not tell what it would take to judge it. */
export function untold(probe: EndpointProbe, what: string): Judgement {
  return unknown({
    target: probe.endpoint.name,
    because: `${serverName(probe)} did not tell ${what}`,
    next: 'SELECT pid, usename, state, wait_event_type, xact_start, query FROM pg_stat_activity, as an administrator',
  });
}
