import { defineCause, type Judgement, proved, refuted } from '../../cause.ts';
import { addressOf, endpointEvidence, mentionEvidence, probeEvidence } from '../../endpointText.ts';
import { endpointProbes } from '../../observers/endpointProbes.ts';
import { serviceStates } from '../../observers/serviceStates.ts';

export const databaseMissing = defineCause({
  id: 'database.missing',
  category: 'database',
  summary: 'The server answers, but has no database of the configured name',
  needs: { probes: endpointProbes, states: serviceStates },
  explains: ['service.down', 'process.crash-loop', 'container.unhealthy', 'container.exited', 'container.restarting'],
  judge: ({ probes, states }) =>
    probes.flatMap((probe): Judgement[] => {
      const { endpoint, postgres } = probe;
      if (!postgres) return [];
      const name = endpoint.database ?? endpoint.user ?? 'postgres';
      const evidence = [endpointEvidence(probe), probeEvidence(probe)];
      if (postgres.kind === 'connected')
        return [
          refuted({
            target: endpoint.name,
            because: `the database ${name} exists on ${addressOf(endpoint)}`,
            evidence,
          }),
        ];
      if (postgres.kind !== 'databaseMissing') return [];
      const similar =
        postgres.existing.length > 0
          ? [
              {
                kind: 'probe' as const,
                source: `postgres://${addressOf(endpoint)}`,
                text: `the server has the databases ${postgres.existing.join(', ')}`,
              },
            ]
          : [];
      return [
        proved({
          target: endpoint.name,
          summary: `PostgreSQL at ${addressOf(endpoint)} has no database "${name}"`,
          evidence: [...evidence, ...similar, ...mentionEvidence(endpoint, states)],
          fixes: [
            {
              title: `Create the database ${name}`,
              risk: 'admin',
              changes: [
                {
                  kind: 'command',
                  argv: [
                    'createdb',
                    '--host',
                    endpoint.host,
                    '--port',
                    String(endpoint.port),
                    ...(endpoint.user === undefined ? [] : ['--username', endpoint.user]),
                    name,
                  ],
                },
              ],
              undo: true,
              verify: `A connection to ${name} succeeds; then run the project's migrations.`,
            },
          ],
        }),
      ];
    }),
});
