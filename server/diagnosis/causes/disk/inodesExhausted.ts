import { defineCause, HOST_TARGET, type Judgement, proved, refuted } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { NO_SPACE, usedFilesystems, WATCHERS } from '../../observers/filesystems.ts';
import { serviceStates } from '../../observers/serviceStates.ts';

export const inodesExhausted = defineCause({
  id: 'disk.inodes-exhausted',
  category: 'disk',
  summary: 'A filesystem has space left but no inodes: no new file can be created',
  needs: { used: usedFilesystems, states: serviceStates },
  explains: [
    'process.crash-loop',
    'service.down',
    'database.unreachable',
    'cache.unreachable',
    'file.missing',
    'network.refused',
    'container.exited',
    'container.unhealthy',
    'disk.full',
  ],
  judge: ({ used, states }) =>
    used.flatMap(({ filesystem, paths }): Judgement[] => {
      const { mountPoint, totalInodes, freeInodes, readOnly } = filesystem;
      if (totalInodes === 0 || readOnly) return [];
      const entry = states
        .flatMap((state) => state.errors)
        .findLast(({ record }) => NO_SPACE.test(record.text) && !WATCHERS.test(record.text));
      const evidence = [
        {
          kind: 'filesystem' as const,
          source: `statfs ${mountPoint}`,
          text: `${freeInodes} of ${totalInodes} inodes free at ${mountPoint}`,
        },
      ];
      if (freeInodes > 0)
        return entry
          ? [refuted({ target: HOST_TARGET, because: `${mountPoint} has ${freeInodes} free inodes`, evidence })]
          : [];
      return [
        proved({
          target: HOST_TARGET,
          summary: `The filesystem at ${mountPoint} has no inodes left: all ${totalInodes} are used, so no file can be created there`,
          evidence: [
            ...evidence,
            ...(entry ? [logEvidence(entry)] : []),
            ...paths
              .filter((place) => place !== mountPoint)
              .slice(0, 2)
              .map((place) => ({ kind: 'config' as const, source: place, text: `lies on ${mountPoint}` })),
          ],
          fixes: [
            {
              title: 'Show which folders hold the most files',
              risk: 'read',
              changes: [
                { kind: 'command', argv: ['du', '--inodes', '--one-file-system', '--max-depth=2', mountPoint] },
              ],
              undo: false,
              verify: `df -i ${mountPoint} shows free inodes, and the service creates files again.`,
            },
          ],
        }),
      ];
    }),
});
