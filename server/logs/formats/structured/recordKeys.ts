import { durationKeys } from './durationKeys.ts';
import { NANOSECONDS } from './durationValue.ts';
import { COMPONENT, DURATION, type KeyMeaning, LEVEL, MESSAGE, NOTHING, type Role, TIME, TRACE } from './keyTable.ts';
import { OTEL, PYTHON, SYSLOG } from './levelValue.ts';

// Kinds of objects: where in a record a key stands.
export const RECORD = 0;
/** Free fields in an object of their own: no time and no level of the record. */
export const FIELDS = 1;
/** `log` of the Elastic Common Schema. */
export const LOG = 2;
/** `event` of the Elastic Common Schema. */
export const EVENT = 3;
export const LEVEL_OBJECT = 4;
export const TIME_OBJECT = 5;
/** An object with an `id`. */
export const IDENTITY = 6;
/** An object with a `name`. */
export const NAMED = 7;
/** OpenTelemetry's any-value. */
export const ANY_VALUE = 8;
/** From `resourceLogs` down to a log record. */
export const OTLP = 9;
/** An array of `{key, value}`, or one of those. */
export const ATTRIBUTES = 10;
/** `record` of loguru. */
export const LOGURU = 11;
/** A list whose first text is the message. */
export const TEXTS = 12;
/** An error. */
export const FAILURE = 13;

/** Of a TIME: the value is what the time has beyond its second, in nanoseconds. */
export const NANOS_OF_SECOND = 1;
/** Of a DURATION: the value is the time at which it ended. */
export const ENDED_AT = 5;

/** Keys by role, best first, in the record itself. */
const timeKeys =
  '@timestamp timestamp time ts @t datetime time_iso8601 eventTime Timestamp timeMillis timestamp_ms logged_at asctime date time_local msec __REALTIME_TIMESTAMP _SOURCE_REALTIME_TIMESTAMP timeUnixNano observedTimeUnixNano startTime StartUTC created_at createdAt log_time requestReceivedTimestamp lastTimestamp eventTimestamp epoch created Time';
const levelKeys =
  'level log.level severity @l lvl levelname level_name severityText severity_text SeverityText loglevel log_level logLevel Level Severity error_severity LogLevel LEVEL PRIORITY priority';
const componentKeys =
  'logger log.logger logger_name loggerName component SourceContext categoryName module subsystem channel service service.name service_name serviceName SYSLOG_IDENTIFIER scope app application program eventSource appname _SYSTEMD_UNIT facility class Category backend_type sourceContext Logger Component';
const messageKeys =
  'message msg @m @message short_message event @mt text MESSAGE log body Body RenderedMessage MessageTemplate textPayload Message rawMsg msgTemplate';
const traceKeys =
  'trace_id traceId trace.id traceID TraceId @tr dd.trace_id traceid logging.googleapis.com/trace request_id requestId requestID req_id reqId correlation_id correlationId CorrelationId correlationID x-request-id X-Request-ID X-Request-Id RequestId http.request.id transaction.id auditID x_request_id trace';

/** Objects that hold free fields of a record. */
const fieldObjects =
  'fields Properties context contextMap mdc MDC attr attributes Attributes attrs extra labels data props properties meta metadata contextData Scopes State resource';

/** What every program of our acquaintance calls the parts of a record. */
export const recordKeys: readonly KeyMeaning[] = [
  ...meanings(RECORD, NOTHING, fieldObjects).map((meaning) => ({ ...meaning, opens: FIELDS })),
  ...meanings(RECORD, TIME, timeKeys),
  ...meanings(RECORD, LEVEL, levelKeys),
  ...meanings(RECORD, COMPONENT, componentKeys),
  ...meanings(RECORD, MESSAGE, messageKeys),
  ...meanings(RECORD, TRACE, traceKeys),
  ...durationKeys.map(({ key, unit, rank }) => ({ key, role: DURATION, rank, argument: unit }) as const),
  { key: 'level', role: LEVEL, rank: 0, opens: LEVEL_OBJECT },
  { key: 'PRIORITY', role: LEVEL, rank: 4, argument: SYSLOG },
  { key: 'levelno', role: LEVEL, rank: 5, argument: PYTHON },
  { key: 'severityNumber', role: LEVEL, rank: 12, argument: OTEL },
  { key: 'severity_number', role: LEVEL, rank: 12, argument: OTEL },
  { key: 'SeverityNumber', role: LEVEL, rank: 12, argument: OTEL },
  { key: 'instant', role: TIME, rank: 3, opens: TIME_OBJECT },
  { key: 'time', role: TIME, rank: 2, opens: TIME_OBJECT },
  { key: 'logger', role: COMPONENT, rank: 0, opens: NAMED },
  { key: 'service', role: COMPONENT, rank: 11, opens: NAMED },
  { key: 'trace', role: TRACE, rank: 26, opens: IDENTITY },
  { key: 'req', role: NOTHING, rank: 0, opens: IDENTITY },
  { key: 'transaction', role: NOTHING, rank: 0, opens: IDENTITY },
  { key: 'http', role: NOTHING, rank: 0, opens: FIELDS },
  { key: 'dd', role: NOTHING, rank: 0, opens: FIELDS },
  { key: 'log', role: MESSAGE, rank: 9, opens: LOG },
  { key: 'event', role: MESSAGE, rank: 5, opens: EVENT },
  { key: 'body', role: MESSAGE, rank: 10, opens: ANY_VALUE },
  { key: 'Body', role: MESSAGE, rank: 11, opens: ANY_VALUE },
  { key: 'event.duration', role: DURATION, rank: 0, argument: NANOSECONDS },
  { key: 'data', role: MESSAGE, rank: 24, opens: TEXTS },
  { key: 'error', role: MESSAGE, rank: 25, opens: FAILURE },
  { key: 'err', role: MESSAGE, rank: 25, opens: FAILURE },
  { key: 'jsonPayload', role: NOTHING, rank: 0, opens: FIELDS },
  { key: 'resourceLogs', role: NOTHING, rank: 0, opens: OTLP },

  ...meanings(FIELDS, MESSAGE, 'message msg', 20),
  ...meanings(FIELDS, COMPONENT, 'logger SourceContext component module', 16),
  ...meanings(FIELDS, TRACE, traceKeys.replace(/ trace$/, ''), 4),
  ...durationKeys.map(
    ({ key, unit, rank }) =>
      ({ key, inside: FIELDS, role: DURATION, rank: Math.min(30, rank + 12), argument: unit }) as const,
  ),

  { key: 'level', inside: LOG, role: LEVEL, rank: 1 },
  { key: 'logger', inside: LOG, role: COMPONENT, rank: 1 },
  { key: 'message', inside: LOG, role: MESSAGE, rank: 20 },
  { key: 'duration', inside: EVENT, role: DURATION, rank: 0, argument: NANOSECONDS },
  ...meanings(LEVEL_OBJECT, LEVEL, 'name levelStr level no'),
  { key: '$date', inside: TIME_OBJECT, role: TIME, rank: 0 },
  { key: 'timestamp', inside: TIME_OBJECT, role: TIME, rank: 0 },
  { key: 'epochSecond', inside: TIME_OBJECT, role: TIME, rank: 0 },
  { key: 'nanoOfSecond', inside: TIME_OBJECT, role: TIME, rank: 0, argument: NANOS_OF_SECOND },
  ...meanings(IDENTITY, TRACE, 'traceId id', 8),
  { key: 'name', inside: NAMED, role: COMPONENT, rank: 11 },
  ...meanings(ANY_VALUE, MESSAGE, 'stringValue'),
  ...meanings(FAILURE, MESSAGE, 'message', 28),

  ...'resource scopeLogs logRecords instrumentationLibraryLogs'
    .split(' ')
    .map((key) => ({ key, inside: OTLP, role: NOTHING, rank: 0, opens: OTLP }) as const),
  { key: 'scope', inside: OTLP, role: NOTHING, rank: 0, opens: NAMED },
  { key: 'body', inside: OTLP, role: NOTHING, rank: 0, opens: ANY_VALUE },
  { key: 'attributes', inside: OTLP, role: NOTHING, rank: 0, opens: ATTRIBUTES },
  ...meanings(OTLP, TIME, 'timeUnixNano observedTimeUnixNano'),
  { key: 'severityText', inside: OTLP, role: LEVEL, rank: 2 },
  { key: 'severityNumber', inside: OTLP, role: LEVEL, rank: 1, argument: OTEL },
  { key: 'traceId', inside: OTLP, role: TRACE, rank: 0 },

  { key: 'level', inside: LOGURU, role: LEVEL, rank: 0, opens: LEVEL_OBJECT },
  { key: 'time', inside: LOGURU, role: TIME, rank: 0, opens: TIME_OBJECT },
  { key: 'message', inside: LOGURU, role: MESSAGE, rank: 0 },
  { key: 'name', inside: LOGURU, role: COMPONENT, rank: 0 },
  { key: 'extra', inside: LOGURU, role: NOTHING, rank: 0, opens: FIELDS },
];

/** @param list keys, best first; @param rank of the first */
export function meanings(inside: number, role: Role, list: string, rank = 0): KeyMeaning[] {
  return list.split(' ').map((key, at) => ({ key, inside, role, rank: Math.min(30, rank + at) }));
}
