/**
 * Collectors of traces, metrics and crash reports. A service works without them: that they cannot be reached is no fault of
 * a service that runs.
 */
const COLLECTOR =
  /\b(?:otel|otlp|opentelemetry|telemetry|tracing|traces?|spans?|metrics?|statsd|prometheus|pushgateway|jaeger|zipkin|sentry|datadog|dd-agent|newrelic|new relic|apm|honeycomb|analytics|segment|posthog|mixpanel|bugsnag|rollbar|logstash|fluentd|fluentbit|loki|graylog|exporter)\b/i;
const COLLECTOR_VARIABLE =
  /(?:^|_)(?:OTEL|OTLP|TELEMETRY|TRACING|TRACES?|METRICS?|STATSD|PUSHGATEWAY|JAEGER|ZIPKIN|SENTRY|DD|DATADOG|NEW_RELIC|APM|ANALYTICS|SEGMENT|POSTHOG|BUGSNAG|ROLLBAR|LOGSTASH|FLUENTD?|LOKI|GRAYLOG)(?:_|$)/;
/** Ports that only collectors use: OTLP, StatsD, Zipkin, Jaeger, the Datadog agent. */
const COLLECTOR_PORTS: ReadonlySet<number> = new Set([4317, 4318, 6831, 8125, 8126, 9411, 14_268]);

export function isOptionalPeer(peer: {
  text: string;
  variable: string | undefined;
  port: number | undefined;
}): boolean {
  return (
    COLLECTOR.test(peer.text) ||
    COLLECTOR_VARIABLE.test(peer.variable ?? '') ||
    (peer.port !== undefined && COLLECTOR_PORTS.has(peer.port))
  );
}
