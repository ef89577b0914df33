import { INFO } from '../../levels.ts';
import { NANOSECONDS, SECONDS } from './durationValue.ts';
import type { ValueRules } from './jsonHead.ts';
import { isObject } from './jsonText.ts';
import { COMPONENT, DURATION, type KeyMeaning, LEVEL, MESSAGE, NOTHING, TIME, TRACE } from './keyTable.ts';
import { DOTNET, HTTP, SYSLOG } from './levelValue.ts';
import { ENDED_AT, FIELDS, LOGURU, meanings, NAMED, RECORD, TIME_OBJECT } from './recordKeys.ts';

type Fields = Record<string, unknown>;

/** A program or library that writes JSON in a way of its own. */
export interface JsonFlavour {
  /** For people, behind "JSON lines". */
  name: string;
  matches(record: Fields): boolean;
  /** What its keys mean beyond those of recordKeys.ts. */
  keys?: readonly KeyMeaning[];
  rules?: Omit<ValueRules, 'zoneMinutes'>;
  /** The key whose text is a line of another log: `always` for layers that hold nothing else. */
  wraps?: { key: string; always: boolean };
}

const named = meanings(RECORD, COMPONENT, 'name', 5);
const goUnits = { unit: SECONDS, integerUnit: NANOSECONDS };

/** The first that matches most of the records is taken: from the peculiar to the general. */
export const jsonFlavours: readonly JsonFlavour[] = [
  {
    name: 'docker json-file',
    matches: (record) => has(record, 'log', 'stream', 'time') && text(record.log),
    keys: meanings(RECORD, MESSAGE, 'log'),
    wraps: { key: 'log', always: true },
  },
  {
    name: 'journald',
    matches: (record) => has(record, '__REALTIME_TIMESTAMP') && has(record, 'MESSAGE'),
    keys: [
      ...meanings(RECORD, TIME, '__REALTIME_TIMESTAMP'),
      ...meanings(RECORD, MESSAGE, 'MESSAGE'),
      ...meanings(RECORD, COMPONENT, 'SYSLOG_IDENTIFIER _COMM _SYSTEMD_UNIT'),
    ],
    rules: { numbering: SYSLOG },
    wraps: { key: 'MESSAGE', always: false },
  },
  {
    name: 'Kubernetes audit',
    matches: (record) => text(record.apiVersion) && `${record.apiVersion}`.startsWith('audit.k8s.io'),
    keys: [
      { key: 'level', role: NOTHING, rank: 0 },
      ...meanings(RECORD, MESSAGE, 'requestURI'),
      { key: 'stageTimestamp', role: DURATION, rank: 0, argument: ENDED_AT },
      { key: 'objectRef', role: NOTHING, rank: 0, opens: NAMED },
      { key: 'resource', inside: NAMED, role: COMPONENT, rank: 0 },
    ],
  },
  {
    name: 'Kubernetes events',
    matches: (record) => record.kind === 'Event' && has(record, 'involvedObject', 'reason'),
    keys: [
      ...meanings(RECORD, LEVEL, 'type'),
      ...meanings(RECORD, TIME, 'lastTimestamp eventTime firstTimestamp'),
      { key: 'source', role: NOTHING, rank: 0, opens: FIELDS },
      { key: 'metadata', role: NOTHING, rank: 0 },
      ...meanings(RECORD, COMPONENT, 'reportingComponent', 20),
    ],
  },
  {
    name: 'MongoDB',
    matches: (record) => has(record, 't', 's', 'c', 'msg') && isObject(record.t) && has(record.t, '$date'),
    keys: [
      { key: 't', role: TIME, rank: 0, opens: TIME_OBJECT },
      ...meanings(RECORD, LEVEL, 's'),
      ...meanings(RECORD, COMPONENT, 'c'),
      ...meanings(RECORD, MESSAGE, 'msg'),
      { key: 'attr', role: NOTHING, rank: 0, opens: FIELDS },
      { key: 'durationMillis', inside: FIELDS, role: DURATION, rank: 0 },
    ],
  },
  {
    name: 'OpenTelemetry',
    matches: (record) =>
      has(record, 'resourceLogs') ||
      (has(record, 'SeverityText') && has(record, 'Body')) ||
      (has(record, 'severityNumber') && has(record, 'body')),
    rules: { integerUnit: NANOSECONDS },
  },
  {
    name: 'GELF',
    matches: (record) => has(record, 'short_message', 'version', 'host'),
    rules: { numbering: SYSLOG },
    keys: [
      ...meanings(RECORD, COMPONENT, '_logger _facility facility _component', 2),
      ...meanings(RECORD, TRACE, '_trace_id _traceId _request_id _correlation_id'),
    ],
  },
  {
    name: 'CloudTrail',
    matches: (record) => has(record, 'eventTime', 'eventName', 'eventSource'),
    keys: meanings(RECORD, MESSAGE, 'errorMessage eventName'),
  },
  {
    name: 'PostgreSQL',
    matches: (record) => has(record, 'error_severity', 'session_id'),
    keys: meanings(RECORD, COMPONENT, 'backend_type'),
  },
  {
    name: 'Elastic Common Schema',
    matches: (record) =>
      has(record, '@timestamp') && (has(record, 'ecs.version') || has(record, 'ecs') || has(record, 'log.level')),
    keys: meanings(RECORD, COMPONENT, 'log.logger'),
  },
  {
    name: 'Elasticsearch',
    matches: (record) => has(record, 'cluster.name', 'node.name', 'message'),
  },
  {
    name: 'Logstash encoder',
    matches: (record) => has(record, '@timestamp', '@version', 'message'),
  },
  {
    name: 'Serilog compact',
    matches: (record) => has(record, '@t') && (has(record, '@mt') || has(record, '@m')),
    rules: { level: INFO },
    keys: [...meanings(RECORD, COMPONENT, 'SourceContext'), ...meanings(RECORD, MESSAGE, '@m @mt')],
  },
  {
    name: 'Serilog',
    matches: (record) => has(record, 'Timestamp', 'Level', 'MessageTemplate'),
  },
  {
    name: '.NET console',
    matches: (record) => has(record, 'EventId', 'LogLevel', 'Category'),
    rules: { numbering: DOTNET },
  },
  {
    name: 'loguru',
    matches: (record) => has(record, 'text') && isObject(record.record) && has(record.record, 'elapsed', 'level'),
    keys: [{ key: 'record', role: NOTHING, rank: 0, opens: LOGURU }],
  },
  {
    name: 'Google Cloud',
    matches: (record) =>
      has(record, 'severity') &&
      (has(record, 'insertId') ||
        has(record, 'logName') ||
        has(record, 'logging.googleapis.com/trace') ||
        has(record, 'logging.googleapis.com/labels')),
  },
  {
    name: 'CloudWatch',
    matches: (record) => has(record, '@timestamp', '@message') || has(record, 'timestamp', 'message', 'ingestionTime'),
    wraps: { key: 'message', always: false },
  },
  {
    name: 'log4j2',
    matches: (record) =>
      has(record, 'loggerName', 'level', 'message') && (has(record, 'instant') || has(record, 'timeMillis')),
  },
  {
    name: 'log4js',
    matches: (record) => has(record, 'categoryName', 'data', 'startTime'),
  },
  {
    name: 'bunyan',
    matches: (record) => has(record, 'v', 'name', 'hostname', 'pid') && typeof record.level === 'number',
    keys: named,
  },
  {
    name: 'pino',
    matches: (record) =>
      typeof record.level === 'number' && record.level >= 10 && typeof record.time === 'number' && !has(record, 'v'),
    keys: named,
  },
  {
    name: 'Caddy',
    matches: (record) => has(record, 'level', 'ts', 'logger') && `${record.logger}`.startsWith('http.log'),
    rules: goUnits,
  },
  {
    name: 'Traefik',
    matches: (record) =>
      has(record, 'RequestMethod', 'Duration', 'RouterName') || has(record, 'RequestMethod', 'DownstreamStatus'),
    rules: { integerUnit: NANOSECONDS },
    keys: [
      ...meanings(RECORD, TIME, 'StartUTC time'),
      ...meanings(RECORD, MESSAGE, 'RequestPath', 20),
      ...meanings(RECORD, COMPONENT, 'RouterName ServiceName', 2),
    ],
  },
  {
    name: 'tracing',
    matches: (record) =>
      has(record, 'timestamp', 'level', 'target') && (isObject(record.fields) || text(record.message)),
    keys: meanings(RECORD, COMPONENT, 'target', 2),
  },
  {
    name: 'Monolog',
    matches: (record) => has(record, 'channel', 'level_name', 'datetime'),
    keys: meanings(RECORD, COMPONENT, 'channel'),
  },
  {
    name: 'zap',
    matches: (record) => has(record, 'level', 'ts', 'msg') && text(record.level),
    rules: goUnits,
  },
  {
    name: 'slog',
    matches: (record) =>
      has(record, 'time', 'level', 'msg') && Object.keys(record)[0] === 'time' && /^[A-Z]/.test(`${record.level}`),
    rules: { integerUnit: NANOSECONDS },
  },
  {
    name: 'logrus',
    matches: (record) => has(record, 'level', 'msg', 'time') && text(record.level) && text(record.time),
    rules: { integerUnit: NANOSECONDS },
  },
  {
    name: 'zerolog',
    matches: (record) =>
      Object.keys(record)[0] === 'level' && has(record, 'time', 'level') && !has(record, 'msg', 'timestamp'),
  },
  {
    name: 'structlog',
    matches: (record) =>
      text(record.event) &&
      (has(record, 'level') || has(record, 'timestamp')) &&
      !has(record, 'message') &&
      !has(record, 'msg'),
  },
  {
    name: 'python-json-logger',
    matches: (record) => has(record, 'message') && (has(record, 'levelname') || has(record, 'asctime')),
    keys: named,
  },
  {
    name: 'winston',
    matches: (record) =>
      text(record.level) && has(record, 'message') && !has(record, 'time') && /^[a-z\\]/.test(`${record.level}`),
  },
  {
    name: 'access log',
    matches: (record) =>
      has(record, 'status') &&
      (has(record, 'request') || has(record, 'request_uri') || has(record, 'uri') || has(record, 'method')),
    rules: { unit: SECONDS },
    keys: [
      ...meanings(RECORD, MESSAGE, 'request request_uri uri path url', 22),
      { key: 'status', role: LEVEL, rank: 30, argument: HTTP },
    ],
  },
];

function has(record: Fields, ...keys: string[]): boolean {
  return keys.every((key) => key in record);
}

function text(value: unknown): boolean {
  return typeof value === 'string';
}
