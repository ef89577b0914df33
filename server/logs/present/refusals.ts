import type { LogRecord } from './record.ts';

/** One request, login or action that somebody was refused. */
export interface Refusal {
  at: number;
  /** Who was refused: an address; undefined where the line does not tell. */
  address: string | undefined;
  /** What it was about: `POST /login`, `user root`, `policy`. */
  subject: string;
  isLogin: boolean;
  line: number;
}

/** What a log tells of refused and of all requests. */
export interface RefusalLog {
  refusals: Refusal[];
  /** Times of all records, refused or not. */
  times: number[];
}

const ADDRESS = String.raw`(?:(?:::ffff:)?\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}(?::[\da-f]{0,4}){2,7})`;
/** Combined log format of servers and of middlewares that write as they do. */
const ACCESS = new RegExp(
  String.raw`^(${ADDRESS}) \S{1,80} \S{1,80} \[[^\]]{1,40}\] "([A-Z]{3,8}) ([^\s"?]{1,300})[^"]{0,2000}" (\d{3}) `,
  'i',
);
/** `POST /login 401`, `"method":"POST","url":"/login","status":401`. */
const REQUEST =
  /\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)["']?[ ,:]{1,3}["']?(?:(?:url|path|uri)["']?[=:]\s?["']?)?(\/[^\s"',?]{0,300})/;
const STATUS = /(?:\bstatus(?:_?code)?["']?[=: ]{1,3}|\s|HTTP\/[\d.]{1,3}"? )(40[13])(?=[\s,"'}\]]|$)/i;
const CLIENT = new RegExp(
  String.raw`\b(?:from|ip|client(?:_?ip)?|remote(?:_?(?:addr(?:ess)?|ip|host))?|addr|rhost|src|peer)["']?[=: ]{1,3}["'\[]?(${ADDRESS})`,
  'i',
);
/** Failed logins of others at this service; its own at a peer name no client. */
const LOGIN =
  /\b(?:Failed password|authentication fail(?:ed|ure)|login fail(?:ed|ure)|failed login|invalid (?:credentials|password|user)|bad password)\b/i;
const USER = /\b(?:invalid user|for user|user(?:name)?["']?[=: ]|for) ?["']?([\w.@-]{1,60})/i;
/** What a sandbox or a policy kept from happening. */
const POLICY = /\b(?:sandbox|policy|seccomp|apparmor|csp)\b[^\n]{0,60}\b(?:denied|denies|violation|blocked|refused)\b/i;
const LOGIN_PATH = /log-?in|sign-?in|auth|token|session|password/i;
/** Some part of every one of them: most lines have none. */
const ANY = /40[13]|denie[ds]|fail|invalid|bad password|block|violation|refused/i;
const MAX_TEXT = 2_000;

/** Records without a time tell nothing of a rate: they are left out. */
export function refusalsIn(records: readonly LogRecord[]): RefusalLog {
  const times: number[] = [];
  const refusals: Refusal[] = [];
  for (const { time, text, line } of records) {
    if (!time) continue;
    times.push(time.getTime());
    const found = refusalIn(text.slice(0, MAX_TEXT));
    if (found) refusals.push({ at: time.getTime(), line, ...found });
  }
  return { refusals: refusals.sort((a, b) => a.at - b.at), times: times.sort((a, b) => a - b) };
}

function refusalIn(text: string): Omit<Refusal, 'at' | 'line'> | undefined {
  if (!ANY.test(text)) return undefined;
  const access = ACCESS.exec(text);
  if (access) {
    const [, address, method = '', path = '', status] = access;
    if (status !== '401' && status !== '403') return undefined;
    return { address, ...request(method.toUpperCase(), path) };
  }
  const address = CLIENT.exec(text)?.[1];
  const [, method, path] = REQUEST.exec(text) ?? [];
  if (method !== undefined && path !== undefined && STATUS.test(text)) return { address, ...request(method, path) };
  if (LOGIN.test(text) && address !== undefined)
    return { address, subject: `user ${USER.exec(text)?.[1] ?? '?'}`, isLogin: true };
  return POLICY.test(text) ? { address, subject: 'what a policy forbids', isLogin: false } : undefined;
}

function request(method: string, path: string): Pick<Refusal, 'subject' | 'isLogin'> {
  return { subject: `${method} ${path}`, isLogin: method === 'POST' && LOGIN_PATH.test(path) };
}
