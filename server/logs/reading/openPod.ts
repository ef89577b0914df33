import { openProgram } from './openProgram.ts';
import type { OpenedSource } from './plainLog.ts';
import type { ReadingOptions } from './spoolSet.ts';
import { unreadable } from './unreadable.ts';

/** `[pod/api-7d9f/app] `, which --prefix puts ahead of each line. */
const PREFIX = /^\[pod\/([^\]/]{1,260}\/[^\]/]{1,64})\] /;
const PREFIX_BYTES = 340;
/** kubectl follows 5 containers unless told otherwise. */
const MAX_CONTAINERS = 50;

/**
 * What the containers of a pod printed, with the cluster's times: one log for each container.
 * @throws TektraError log.unreadable
 */
export async function openPod(
  source: { name: string; namespace?: string | undefined; container?: string | undefined },
  options: ReadingOptions,
): Promise<OpenedSource> {
  const { namespace, container } = source;
  const name = container === undefined ? source.name : `${source.name}/${container}`;
  if (source.name.startsWith('-')) throw unreadable(name, 'that is no name of a pod', 'Give the name of the pod.');
  return openProgram(
    [
      {
        name,
        argv: [
          'kubectl',
          'logs',
          source.name,
          '--timestamps',
          ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
          ...(container === undefined
            ? ['--all-containers', '--prefix', `--max-log-requests=${MAX_CONTAINERS}`]
            : [`--container=${container}`]),
          ...(options.follow ? ['--follow'] : []),
        ],
        routes: (logs) => ({
          stdout: (line) => {
            const head = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, PREFIX_BYTES));
            const prefix = container === undefined ? PREFIX.exec(head.toString('latin1')) : null;
            return { spool: logs(prefix?.[1] ?? name), from: prefix?.[0].length ?? 0 };
          },
        }),
        nextStep: (complaint) => {
          if (/not ?found/i.test(complaint)) return 'See kubectl get pods --all-namespaces for what there is.';
          if (/forbidden/i.test(complaint)) return 'Ask for the right to read pods/log in this namespace.';
          if (/waiting to start|ContainerCreating|PodInitializing/.test(complaint))
            return 'Wait until the container has started.';
          if (/refused|unable to connect|timeout|no such host/i.test(complaint))
            return 'Check kubectl config current-context and the cluster.';
          return `Run kubectl logs ${source.name} in a terminal to see what it lacks.`;
        },
      },
    ],
    { name, because: 'kubectl is not installed', action: 'Install kubectl, or open the log as a file.' },
    options,
  );
}
