import { isSecretName } from '../../security/secret.ts';
import type { HttpAnswer } from '../../systems/http/http.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { isWrittenPath } from '../source/isWrittenPath.ts';
import type { Variable } from '../targets/target.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';
import { sourceFacts } from './workspaceFiles.ts';

/** A present error in which a peer refuses the service's own key. */
export interface AuthComplaint {
  state: ServiceState;
  entry: LogEntry;
  /** The key that is meant, when one of the service's variables can be told to be it. */
  key: Variable | undefined;
  /** The peer's address as the error or a variable writes it. */
  peer: URL | undefined;
  /** What the peer answers now: to a stranger, and to the key. Asked only on this machine and in private networks. */
  answers: { stranger: HttpAnswer; withKey: HttpAnswer } | undefined;
}

/** How libraries and peers say that a key is refused. */
const REFUSED =
  /(?:invalid|incorrect|wrong|bad|unknown|revoked|malformed|expired|no) (?:api[ _-]?key|api[ _-]?token|access[ _-]?token|auth(?:entication|orization)?[ _-]?token|bearer[ _-]?token|credentials|token|x-api-key)|invalid_api_key|(?:api[ _-]?key|token|credentials?) (?:is |are |has |have |was )?(?:not valid|invalid|expired|revoked|rejected|been revoked|not accepted)|AuthenticationError|status(?: ?code)?[:= ]{1,3}40[13]\b|\b40[13] (?:Client Error|Unauthorized|Forbidden)|HTTP(?: Error| status)?:? 40[13]\b|Unauthorized\b|Bad credentials|InvalidClientTokenId|UnrecognizedClient|ExpiredToken|SignatureDoesNotMatch|not_authed|invalid_auth|Unauthenticated|jwt expired|ExpiredSignature/i;
/** Logins of databases and caches have causes of their own. */
const DATABASE =
  /password authentication|WRONGPASS|NOAUTH|Access denied for user|SASL|no pg_hba|ER_ACCESS_DENIED|authentication failed for user/i;
/** The service refuses somebody else: that is its work. */
const INBOUND =
  /\b(?:GET|POST|PUT|PATCH|DELETE) \/[^\n]*\b40[13]\b|\b(?:login|log-in|sign-?in|session|visitor|user(?:name)?)\b[^\n]{0,60}\b(?:fail|invalid|denied|refused|expired|unauthori[sz]ed)/i;
const URLS = /\bhttps?:\/\/[^\s'"<>)\]},]{3,300}/g;
const NEARBY =
  /^(?:localhost|[^.]+|.*\.(?:local|localhost|internal|lan|test)|127\..*|10\..*|192\.168\..*|172\.(?:1[6-9]|2\d|3[01])\..*|\[::1\])$/i;
/** Words of a peer by which its key's variable is named. */
const PROVIDERS =
  /openai|anthropic|mistral|cohere|groq|deepseek|openrouter|gemini|google|hugging ?face|replicate|github|gitlab|stripe|slack|sendgrid|twilio|aws|amazon|azure|datadog|sentry|npm|pinecone|qdrant|weaviate/gi;
const ALIASES: Readonly<Record<string, string>> = { huggingface: 'HF', google: 'GEMINI', amazon: 'AWS', github: 'GH' };
const KEY_NAME = /(?:API_?KEY|ACCESS_?KEY(?:_ID)?|TOKEN|AUTH_?KEY|BEARER|SECRET_?KEY)$/i;
const ASK_MS = 1_500;

export const authComplaints = defineObserver<AuthComplaint[]>({
  id: 'auth.complaints',
  label: 'keys that peers refuse',
  timeoutMs: 4_000,
  observe: async (run) => {
    const states = await run.use(serviceStates);
    const found = states.flatMap((state) => {
      const entry = state.errors.findLast(({ record }) => isRefusal(record.text));
      return entry ? [{ state, entry, ...keyOf(state, entry) }] : [];
    });
    return Promise.all(found.map(async (each) => ({ ...each, answers: await askPeer(each, run) })));
  },
});

function isRefusal(whole: string): boolean {
  const text = whole.slice(0, 4_000);
  if (!REFUSED.test(text) || DATABASE.test(text)) return false;
  return !INBOUND.test(text) || /https?:\/\/|api[ _-]?key/i.test(text);
}

/** Which key the error means: the one it names, the one of the peer it names, else the only one. */
function keyOf({ service }: ServiceState, { record }: LogEntry): Pick<AuthComplaint, 'key' | 'peer'> {
  const text = record.text.slice(0, 4_000);
  const keys = service.environment.filter(
    ({ name }) => KEY_NAME.test(name) && (isSecretName(name) || /KEY/i.test(name)),
  );
  const addresses = service.environment.flatMap(({ name, value }) => {
    const url = /^https?:/.test(value) && URL.canParse(value) ? new URL(value) : undefined;
    return url ? [{ name, url }] : [];
  });
  const written = [...text.matchAll(URLS)].map(([url]) => url).find((url) => URL.canParse(url));
  const spoken = written === undefined ? undefined : new URL(written);
  const address =
    addresses.find(({ url }) => spoken?.host === url.host) ??
    addresses.find(({ url }) => text.includes(url.host)) ??
    (spoken === undefined && addresses.length === 1 ? addresses[0] : undefined);
  const peer = spoken ?? address?.url;
  const words = [...`${text} ${peer?.hostname ?? ''}`.matchAll(PROVIDERS)].map(([word]) =>
    word.toLowerCase().replace(' ', ''),
  );
  const stems = [
    ...words.flatMap((word) => [word.toUpperCase(), ALIASES[word] ?? '']),
    address?.name.replace(/_?(?:BASE_|API_)?(?:URL|URI|HOST|ENDPOINT|ADDRESS)$/, '') ?? '',
  ].filter((stem) => stem.length > 1);
  const key =
    keys.find(({ name }) => new RegExp(`(?<!\\w)${name}(?!\\w)`).test(text)) ??
    keys.find(({ name }) => stems.some((stem) => name.toUpperCase().startsWith(stem))) ??
    (keys.length === 1 ? keys[0] : undefined);
  return { key, peer };
}

/** A key is shown to nobody but a peer nearby that the service itself shows it to, and on no path but one that the workspace writes. */
async function askPeer(
  { key, peer, state }: Pick<AuthComplaint, 'key' | 'peer' | 'state'>,
  { systems, signal, use }: Observation,
): Promise<AuthComplaint['answers']> {
  if (!key || !peer || !NEARBY.test(peer.hostname) || key.value.trim() === '') return undefined;
  const own = state.service.environment
    .flatMap(({ value }) => (URL.canParse(value) ? [new URL(value)] : []))
    .filter((url) => url.host === peer.host);
  // An address that only the log names may have been written there by anybody.
  if (own.length === 0) return undefined;
  const isKnown = own.some(({ pathname }) => pathname === peer.pathname) || isWrittenPath(peer, await use(sourceFacts));
  if (!isKnown) return undefined;
  const place = `${peer.origin}${peer.pathname}`;
  const options = { timeoutMs: ASK_MS, signal };
  const [stranger, withKey] = await Promise.all([
    systems.http.get(place, options),
    systems.http.get(place, { ...options, key: key.value }),
  ]);
  return { stranger, withKey };
}

/** A peer that asks strangers for a key, and forbids something to this one, knows it. */
export function isForbidden({ stranger, withKey }: NonNullable<AuthComplaint['answers']>): boolean {
  return (
    stranger.kind === 'answered' && stranger.status === 401 && withKey.kind === 'answered' && withKey.status === 403
  );
}
