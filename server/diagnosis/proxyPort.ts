import type { Listener } from '../systems/network/network.ts';
import type { ProcessFacts } from '../systems/process/processes.ts';
import { type Judgement, proved, refuted } from './cause.ts';
import { holderEvidence, logEvidence } from './evidence.ts';
import type { ProxyState } from './observers/proxyStates.ts';
import { sourceText } from './targets/target.ts';

const IN_USE = /\[emerg\][^\n]{0,40} bind\(\) to [^ ]{1,80}:(\d{1,5}) failed \((?:98|48|10048): /;
/** An attempt of longer ago that left nothing behind is history. */
const RECENT_MS = 12 * 3_600_000;

/** nginx found its port taken when it was started, and it is taken still. */
export function judgeProxyPort(
  state: ProxyState,
  sockets: readonly Listener[],
  processes: readonly ProcessFacts[],
): Judgement[] {
  const { target, errors, process: own } = state;
  // nginx tries a few times, and closes with a line that names no address.
  const complaint = errors.findLast(
    ({ record }) => record.text.includes('[emerg]') && !record.text.includes('still could not bind()'),
  );
  const port = Number(IN_USE.exec(complaint?.record.text ?? '')?.[1]);
  if (!complaint || !port || state.container) return [];
  if (complaint.ageMs > RECENT_MS) return [];
  const listener = sockets.find((socket) => socket.port === port);
  if (!listener)
    return own
      ? []
      : [refuted({ target: target.name, because: `port ${port} is free now`, evidence: [logEvidence(complaint)] })];
  const holder = processes.find(({ pid }) => pid === listener.pid);
  if (own && (listener.pid === own.pid || holder?.ppid === own.pid)) return [];
  const listen = target.config.servers.flatMap(({ listens }) => listens).find((each) => each.port === port);
  const at = listen?.at ?? { file: target.config.file, line: 1 };
  const who = holder
    ? `${holder.name} (pid ${holder.pid})`
    : listener.pid === undefined
      ? 'a process of another user'
      : `pid ${listener.pid}`;
  return [
    proved({
      target: target.name,
      summary: `Port ${port} is held by ${who}, so nginx cannot bind it`,
      evidence: [
        holderEvidence({ port: { port, at, variable: undefined }, listener, process: holder }),
        logEvidence(complaint),
        { kind: 'config', source: sourceText(at), text: `nginx listens on ${port}` },
      ],
    }),
  ];
}
