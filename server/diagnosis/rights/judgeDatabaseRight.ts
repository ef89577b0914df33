import type { Evidence, Fix } from '../../protocol/diagnosis.ts';
import { type Judgement, proved, refuted, unknown } from '../cause.ts';
import { addressOf } from '../endpointText.ts';
import { logEvidence } from '../evidence.ts';
import type { Denial } from '../observers/denials.ts';

type Of<K extends Denial['kind']> = Extract<Denial, { kind: K }>;

export function judgePostgresRight({ endpoint, object, rights, entry, state }: Of<'postgres'>): Judgement {
  const target = endpoint.name;
  const log = logEvidence(entry);
  const address = addressOf(endpoint);
  if (!rights)
    return unknown({
      target,
      because: `${address} does not tell what ${endpoint.user ?? 'the login'} may do with the ${object.kind} ${object.name}`,
      next: `\\dp ${object.name} in psql, as the owner`,
    });
  const { user, owner, name, has } = rights;
  const missing = Object.keys(has).filter((right) => !has[right]);
  const held = Object.keys(has).filter((right) => has[right]);
  const fact = databaseFact(
    `postgres://${address}`,
    `${user} has ${listOf(held)} on ${object.kind} ${name}, and lacks ${listOf(missing)}; ${owner} owns it`,
  );
  if (missing.length === 0)
    return refuted({
      target,
      because: `${user} has ${listOf(held)} on ${object.kind} ${name} now`,
      evidence: [fact, log],
    });
  const on = object.kind === 'table' ? name : `${object.kind.toUpperCase()} ${name}`;
  const grant = `GRANT ${missing.join(', ')} ON ${on} TO "${user}"`;
  return proved({
    target,
    summary: `PostgreSQL at ${address} denies ${state.service.name} the ${object.kind} ${name}: ${user} lacks ${listOf(missing)} on it`,
    evidence: [fact, log],
    advice: {
      sure: 'The server itself says which rights the login has on it, and the error of the service is about one that it lacks.',
      first: `As ${owner}, who owns it: ${grant}; or less, if the service needs less.`,
      verify: 'The same statement of the service succeeds.',
    },
    // Only an owner that took its own rights away can give them.
    fixes: owner === user ? [grantFix(endpoint.name, user, name, grant, missing, on)] : [],
  });
}

function grantFix(target: string, user: string, name: string, grant: string, missing: string[], on: string): Fix {
  return {
    title: `Give ${user} the rights on its own ${name} back`,
    risk: 'admin',
    changes: [{ kind: 'sql', target, statement: grant, undo: `REVOKE ${missing.join(', ')} ON ${on} FROM "${user}"` }],
    undo: true,
    verify: 'The same statement of the service succeeds.',
  };
}

export function judgeMysqlRight({
  endpoint,
  privilege,
  object,
  rights,
  isGranted,
  entry,
  state,
}: Of<'mysql'>): Judgement {
  const target = endpoint.name;
  const log = logEvidence(entry);
  const address = addressOf(endpoint);
  if (!rights)
    return unknown({
      target,
      because: `${address} does not tell what ${endpoint.user ?? 'the login'} was granted`,
      next: `SHOW GRANTS FOR the user of the service, as an administrator`,
    });
  const { user, grants } = rights;
  const given = grants.filter(({ privileges }) => !privileges.includes('USAGE'));
  const told = given.map(({ privileges, database, table }) => `${listOf(privileges)} on ${database}.${table}`);
  const fact = databaseFact(
    `SHOW GRANTS at ${address}`,
    `${user} has ${told.slice(0, 6).join('; ') || 'no right at all'}`,
  );
  if (isGranted)
    return refuted({ target, because: `${user} has ${privilege} on ${object} now`, evidence: [fact, log] });
  return proved({
    target,
    summary: `MySQL at ${address} denies ${state.service.name} ${privilege} on ${object}: ${user} was not granted it`,
    evidence: [fact, log],
    advice: {
      sure: 'The server itself lists what the login was granted, and that is not in it.',
      first: `As an administrator: GRANT ${privilege} ON ${object} TO the user that SELECT CURRENT_USER() names (${user}).`,
      verify: 'The same statement of the service succeeds.',
    },
  });
}

export function judgeRedisRight({ endpoint, command, mayRun, entry, state }: Of<'redis'>): Judgement {
  const target = endpoint.name;
  const log = logEvidence(entry);
  const address = addressOf(endpoint);
  const user = endpoint.user ?? 'default';
  const name = command.toUpperCase();
  if (mayRun === undefined)
    return unknown({
      target,
      because: `${address} does not tell whether the user ${user} may run ${name}`,
      next: `ACL GETUSER ${user}, as an administrator`,
    });
  const fact = databaseFact(
    `redis://${address}`,
    `${name} as ${user}, in a transaction that was thrown away: ${mayRun ? 'permitted' : 'NOPERM'}`,
  );
  if (mayRun) return refuted({ target, because: `the user ${user} may run ${name} now`, evidence: [fact, log] });
  return proved({
    target,
    summary: `Redis at ${address} denies ${state.service.name} the command ${name}: the user ${user} has no permission for it`,
    evidence: [fact, log],
    advice: {
      sure: 'Redis refuses the command to the same user again now.',
      first: `As an administrator: ACL SETUSER ${user} +${command}, and ACL SAVE where the users stand in a file.`,
      verify: 'The same command of the service succeeds.',
    },
  });
}

function databaseFact(source: string, text: string): Evidence {
  return { kind: 'database', source, text };
}

function listOf(words: readonly string[]): string {
  return words.length === 0 ? 'nothing' : words.join(', ');
}
