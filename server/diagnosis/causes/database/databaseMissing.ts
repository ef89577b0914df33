import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { addressOf, endpointEvidence, mentionOf, probeEvidence } from '../../endpointText.ts';
import { logEvidence } from '../../evidence.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';
import { sqliteFiles } from '../../observers/sqliteFiles.ts';
import { isSimilarName } from '../../source/missingNames.ts';
import { judgeSqliteMissing } from '../../sqlite/judgeSqliteMissing.ts';
import type { EndpointTarget } from '../../targets/target.ts';

const SAYS_MISSING = /database "([^"]+)" does not exist|Unknown database '([^']+)'|\b3D000\b/;

export const databaseMissing = defineCause({
  id: 'database.missing',
  category: 'database',
  summary: 'The server answers, but has no database of the configured name',
  advice: {
    sure: 'The server itself answered that it has no database of this name.',
    first: 'Create the database and run the migrations, or correct the name in the connection.',
    verify: 'A connection to that name succeeds.',
  },
  needs: { probes: endpointProbes, states: serviceStates, files: sqliteFiles },
  explains: ['service.down', 'process.crash-loop', 'container.unhealthy', 'container.exited', 'container.restarting'],
  judge: ({ probes, states, files }) => [
    ...probes.flatMap((probe) => judgeProbe(probe, states)),
    ...files.flatMap(judgeSqliteMissing),
  ],
});

function judgeProbe(probe: EndpointProbe, states: readonly ServiceState[]): Judgement[] {
  const { endpoint } = probe;
  const answer = probe.postgres ?? probe.mysql;
  const target = endpoint.name;
  const address = addressOf(endpoint);
  const evidence = [endpointEvidence(probe), probeEvidence(probe)];
  const name = endpoint.database ?? endpoint.user ?? 'postgres';
  // MySQL lets a login in without any database: that one exists is said only of one that was named.
  if (answer?.kind === 'connected' || (answer?.kind === 'ready' && endpoint.database !== undefined))
    return [refuted({ target, because: `the database ${name} exists on ${address}`, evidence })];
  if (answer?.kind !== 'databaseMissing') return [];
  const mention = mentionOf(endpoint, states);
  const said = mention && SAYS_MISSING.exec(mention.record.text);
  // With no name in the configuration the one that was tried is a guess, unless the service fails on it as well.
  if (endpoint.database === undefined && (said?.[1] ?? said?.[2]) !== name) return [];
  const similar = answer.existing.find((other) => isSimilar(name, other));
  const existing: Evidence[] =
    answer.existing.length === 0
      ? []
      : [
          {
            kind: 'probe',
            source: `${endpoint.engine}://${address}`,
            text: `the server has the databases ${answer.existing.slice(0, 8).join(', ')}`,
          },
        ];
  return [
    proved({
      target,
      summary: `${endpoint.engine === 'mysql' ? 'MySQL' : 'PostgreSQL'} at ${address} has no database "${name}"${similar === undefined ? '' : `; it has one called "${similar}"`}`,
      evidence: [...evidence, ...existing, ...(mention ? [logEvidence(mention)] : [])],
      fixes: similar === undefined && endpoint.engine === 'postgres' ? [createFix(endpoint, name)] : [],
    }),
  ];
}

/** `shop_dev` and `shop`, `orders` and `order`, `Shop` and `shop`. */
function isSimilar(name: string, other: string): boolean {
  if (other === 'postgres') return false;
  const [a, b] = [name.toLowerCase(), other.toLowerCase()];
  return isSimilarName(name, other) || a === b || a.startsWith(`${b}_`) || b.startsWith(`${a}_`);
}

function createFix({ host, port, user }: EndpointTarget, name: string): Fix {
  const login = user === undefined ? [] : ['--username', user];
  return {
    title: `Create the database ${name}`,
    risk: 'admin',
    changes: [{ kind: 'command', argv: ['createdb', '--host', host, '--port', String(port), ...login, '--', name] }],
    undo: true,
    verify: `A connection to ${name} succeeds; then run the project's migrations.`,
  };
}
