/** What an nginx error log entry says, read by its fixed fields. */
export interface NginxComplaint {
  /** Host and port, or the upstream's name, as in `upstream: "http://127.0.0.1:3000/path"`. */
  upstream: string | undefined;
  /** Path of the request, without its query. */
  request: string | undefined;
  kind: 'refused' | 'connectTimedOut' | 'answerTimedOut' | 'closed' | 'noLiveUpstreams' | 'other';
}

/** The fields stand at the end of a line; what is longer than this is not theirs. */
const MAX_TEXT = 4_000;
/** nginx's own shape: of error logs, and of what it prints before it has one. */
const SHAPE = /^(?:\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2} \[\w{1,10}\] \d+#\d+: |nginx: \[\w{1,10}\] )/;

export function isNginxEntry(text: string): boolean {
  return SHAPE.test(text.slice(0, 80));
}

export function readComplaint(text: string): NginxComplaint {
  const line = text.slice(0, MAX_TEXT);
  return {
    upstream: /, upstream: "\w{1,10}:\/\/(unix:[^:"]{1,200}|[^/"]{1,260})/.exec(line)?.[1],
    request: /, request: "[A-Z]{1,10} ([^ ?"]{1,2000})/.exec(line)?.[1],
    kind: kindOf(line),
  };
}

function kindOf(line: string): NginxComplaint['kind'] {
  if (/upstream timed out \(\d+: [^)]{1,60}\) while connecting to upstream/.test(line)) return 'connectTimedOut';
  if (line.includes('upstream timed out')) return 'answerTimedOut';
  if (line.includes('no live upstreams while connecting to upstream')) return 'noLiveUpstreams';
  // A socket that nginx's own user may not open is there.
  if (/ failed \(13: /.test(line)) return 'other';
  if (/connect\(\) (?:to [^ ]{1,260} )?failed \(\d+: |kevent\(\) reported that connect\(\) failed/.test(line))
    return 'refused';
  if (/upstream prematurely closed|recv\(\) failed \(104|(?:peer|upstream) closed connection/.test(line))
    return 'closed';
  return 'other';
}

/** One line of an access log in the usual formats. */
export function readAccess(text: string): { request: string; status: number } | undefined {
  const match = /"[A-Z]{1,10} ([^ ?"]{1,2000})[^"]{0,4000}" (\d{3}) /.exec(text.slice(0, MAX_TEXT));
  return match?.[1] === undefined ? undefined : { request: match[1], status: Number(match[2]) };
}
