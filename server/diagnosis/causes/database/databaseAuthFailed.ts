import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { addressOf, dependentsOf, endpointEvidence, mentionOf, probeEvidence } from '../../endpointText.ts';
import { isFailing, logEvidence } from '../../evidence.ts';
import { type EndpointProbe, endpointProbes } from '../../observers/endpointProbes.ts';
import { type ServiceState, serviceStates } from '../../observers/serviceStates.ts';

/** What drivers say when the login itself failed. */
const LOGIN_REFUSED =
  /password authentication failed|no password supplied|password must be a string|no pg_hba\.conf entry|role "[^"]*" (?:does not exist|is not permitted)|authentication failed|InvalidPassword|28P01|28000|Access denied for user/i;

export const databaseAuthFailed = defineCause({
  id: 'database.auth-failed',
  category: 'database',
  summary: 'The database refuses the user or the password that the service is configured with',
  advice: {
    sure: 'The server itself refused this user with this password.',
    first: 'Compare the user and the password of the service with those of the server.',
    verify: "A connection with the service's own settings succeeds.",
  },
  needs: { probes: endpointProbes, states: serviceStates },
  explains: ['service.down', 'process.crash-loop', 'container.unhealthy', 'container.exited', 'container.restarting'],
  judge: ({ probes, states }) => probes.flatMap((probe) => judgeProbe(probe, states)),
});

function judgeProbe(probe: EndpointProbe, states: readonly ServiceState[]): Judgement[] {
  const { endpoint } = probe;
  const answer = probe.postgres ?? probe.mysql;
  const target = endpoint.name;
  const address = addressOf(endpoint);
  const evidence = [endpointEvidence(probe), probeEvidence(probe)];
  if (answer?.kind === 'connected' || answer?.kind === 'ready' || answer?.kind === 'databaseMissing') {
    const who = endpoint.user === undefined ? 'the login' : `the user ${endpoint.user}`;
    return [refuted({ target, because: `${address} accepted ${who} with the configured credentials`, evidence })];
  }
  if (answer?.kind !== 'authFailed') return [];
  const mention = mentionOf(endpoint, states);
  const confirmed = mention !== undefined && LOGIN_REFUSED.test(mention.record.text);
  // The service may get its login elsewhere (a secret file, ~/.pgpass): what we lack it need not lack.
  if (endpoint.password === undefined && !confirmed)
    return [
      unknown({
        target,
        because: `${address} asks for a password, and the workspace's configuration has none to try`,
        next: `connect as ${endpoint.user ?? 'the service'} with the password that the service uses`,
      }),
    ];
  const users = dependentsOf(endpoint, states);
  const by = endpoint.variable === undefined ? '' : ` from ${endpoint.variable}`;
  const user = endpoint.user ?? 'the configured user';
  return [
    proved({
      target,
      // A service that works in spite of it has its login from elsewhere than the files say.
      confidence: mention || !users.some(({ running }) => running) || users.some(isFailing) ? 'proved' : 'likely',
      summary: `${endpoint.engine === 'mysql' ? 'MySQL' : 'PostgreSQL'} at ${address} ${describe(answer.because, user, by, endpoint.password)}`,
      evidence: [...evidence, ...(mention ? [logEvidence(mention)] : [])],
    }),
  ];
}

function describe(because: string, user: string, by: string, password: string | undefined): string {
  if (/to database '/.test(because)) return `does not let ${user} use the database that is configured`;
  if (/is not allowed to connect/.test(because)) return `does not let ${user} in from here`;
  if (/pg_hba/.test(because)) return `has no rule in pg_hba.conf that lets ${user} in from here`;
  if (/role ".*" does not exist/.test(because)) return `has no user ${user}${by === '' ? '' : `, the one${by}`}`;
  if (/is not permitted to log in/.test(because)) return `does not permit ${user} to log in`;
  if (password === undefined) return `asks ${user} for a password, and none is configured`;
  return `rejects the password of ${user}${by}`;
}
