import { parseTime } from './parseHeader.ts';

/** What stands ahead of a program's own line because another program collected it. */
export interface Transported {
  /** The line as the program wrote it. */
  body: string;
  time: Date | undefined;
  /** The service or unit that the collector names. */
  service: string | undefined;
}

const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const ISO = String.raw`\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?`;

/** Groups `time` and `service` where the collector writes them. */
const PREFIXES: readonly RegExp[] = [
  // docker compose logs: `web-1  | text`; honcho, foreman, overmind: `18:04:05 web.1    | text`
  /^(?:\d{2}:\d{2}:\d{2} +)?(?<service>[A-Za-z][\w.-]*?)(?:[.-]\d+)? +\| ?/,
  // pm2 logs: `0|web  | text`
  /^\d+\|(?<service>[\w.-]+) *\| ?/,
  // syslog: `Nov 23 18:04:05 host web[4121]: text`
  new RegExp(
    String.raw`^(?:<\d{1,3}>)?(?<syslog>(?:${MONTHS}) [ \d]\d \d{2}:\d{2}:\d{2}) \S+ (?<service>[\w.@/-]+)(?:\[\d+\])?: ?`,
  ),
  // journalctl -o short-iso: `2026-11-23T18:04:05+0000 host web[4121]: text`
  new RegExp(String.raw`^(?<time>${ISO}) [\w.-]+ (?<service>[\w.@/-]+)\[\d+\]: ?`),
  // containerd and cri-o: `2026-11-23T18:04:05.123Z stdout F text`
  new RegExp(`^(?<time>${ISO}) std(?:out|err) [FP] ?`),
];

/** Takes the collector's prefix off a line; the whole line is the body when there is none. */
export function stripTransport(line: string): Transported {
  for (const prefix of PREFIXES) {
    const match = prefix.exec(line);
    if (!match) continue;
    const { time, syslog, service } = match.groups ?? {};
    return {
      body: line.slice(match[0].length),
      time:
        time !== undefined
          ? parseTime(time)
          : syslog !== undefined
            ? parseTime(`${syslog} ${new Date().getFullYear()}`)
            : undefined,
      service,
    };
  }
  return { body: line, time: undefined, service: undefined };
}
