import { describe, expect, it } from 'vitest';
import { parseLog } from '../../../../support/parseLog.ts';

// Programs that cannot run here: lines from their documentation, most shortened.
interface Example {
  title: string;
  source: string;
  lines: string[];
  /** Of the first record. */
  told: Record<string, unknown>;
  message: string;
}

const examples: Example[] = [
  {
    title: 'JSON lines (slog)',
    source: 'pkg.go.dev/log/slog',
    lines: [
      '{"time":"2022-11-08T15:28:26.000000000-05:00","level":"WARN","msg":"hello","count":3,"elapsed":1500000000}',
      '{"time":"2022-11-08T15:28:27.000000000-05:00","level":"DEBUG-4","msg":"hello","count":3}',
    ],
    told: { time: '2022-11-08T20:28:26.000Z', level: 'warn', durationMs: 1500 },
    message: 'hello',
  },
  {
    title: 'logfmt (slog)',
    source: 'pkg.go.dev/log/slog',
    lines: ['time=2022-11-08T15:28:26.000-05:00 level=INFO msg="hello there" count=3 elapsed=1.5s'],
    told: { time: '2022-11-08T20:28:26.000Z', level: 'info', durationMs: 1500 },
    message: 'hello there',
  },
  {
    title: 'JSON lines (Serilog compact)',
    source: 'github.com/serilog/serilog-formatting-compact',
    lines: [
      '{"@t":"2016-06-07T03:44:57.8532799Z","@mt":"Hello, {User} after {Elapsed:0.000} ms","User":"nblumhardt","Elapsed":34.5,"SourceContext":"Shop.Program","@tr":"4bf92f3577b34da6a3ce929d0e0e4736"}',
      '{"@t":"2016-06-07T03:44:58.1Z","@l":"Error","@mt":"Failed","@x":"System.Exception: no\\n   at Shop.Program.Main() in /src/Program.cs:line 7"}',
    ],
    told: {
      time: '2016-06-07T03:44:57.853Z',
      level: 'info',
      component: 'Shop.Program',
      durationMs: 34.5,
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    },
    message: 'Hello, nblumhardt after 34.5 ms',
  },
  {
    title: 'JSON lines (Serilog)',
    source: 'github.com/serilog/serilog JsonFormatter',
    lines: [
      '{"Timestamp":"2016-06-07T13:44:57.8532799+10:00","Level":"Warning","MessageTemplate":"Hello, {User}","Properties":{"User":"anna","SourceContext":"Shop","RequestId":"0HL"}}',
    ],
    told: { time: '2016-06-07T03:44:57.853Z', level: 'warn', component: 'Shop', traceId: '0HL' },
    message: 'Hello, anna',
  },
  {
    title: 'JSON lines (Elastic Common Schema)',
    source: 'elastic.co/guide/en/ecs-logging',
    lines: [
      '{"@timestamp":"2019-08-06T12:09:12.375Z","log.level":"INFO","message":"Tomcat started on port(s): 8080","service.name":"spring-petclinic","process.thread.name":"restartedMain","log.logger":"org.springframework.boot.TomcatWebServer","trace.id":"abc","event.duration":2500000,"ecs.version":"1.2.0"}',
    ],
    told: {
      time: '2019-08-06T12:09:12.375Z',
      level: 'info',
      component: 'org.springframework.boot.TomcatWebServer',
      traceId: 'abc',
      durationMs: 2.5,
    },
    message: 'Tomcat started on port(s): 8080',
  },
  {
    title: 'JSON lines (Elastic Common Schema)',
    source: 'elastic.co: nested, as filebeat and ecs-logging for Python write it',
    lines: [
      '{"@timestamp":"2020-03-20T14:12:46.123Z","log":{"level":"error","logger":"app"},"message":"it failed","ecs":{"version":"1.6.0"},"trace":{"id":"t1"},"event":{"duration":1000000},"error":{"type":"ValueError","message":"no","stack_trace":"  File \\"a.py\\", line 1, in b\\n    c()\\n"}}',
    ],
    told: { time: '2020-03-20T14:12:46.123Z', level: 'error', component: 'app', traceId: 't1', durationMs: 1 },
    message: 'it failed',
  },
  {
    title: 'JSON lines (OpenTelemetry)',
    source: 'opentelemetry.io: OTLP file exporter',
    lines: [
      '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my.service"}}]},"scopeLogs":[{"scope":{"name":"my.library","version":"1.0.0"},"logRecords":[{"timeUnixNano":"1544712660300000000","observedTimeUnixNano":"1544712660300000000","severityNumber":10,"severityText":"Information","traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","body":{"stringValue":"Example log record"},"attributes":[{"key":"duration_ms","value":{"intValue":"12"}}]}]}]}]}',
    ],
    told: {
      time: '2018-12-13T14:51:00.300Z',
      level: 'info',
      component: 'my.library',
      traceId: '5B8EFFF798038103D269B633813FC60C',
      durationMs: 12,
    },
    message: 'Example log record',
  },
  {
    title: 'JSON lines (GELF)',
    source: 'docs.graylog.org: GELF 1.1',
    lines: [
      '{"version":"1.1","host":"example.org","short_message":"A short message","full_message":"Backtrace here\\n\\nmore stuff","timestamp":1385053862.3072,"level":1,"_trace_id":"9001","_component":"auth","_duration_ms":17}',
    ],
    told: { time: '2013-11-21T17:11:02.307Z', level: 'fatal', component: 'auth', traceId: '9001', durationMs: 17 },
    message: 'A short message',
  },
  {
    title: 'JSON lines (CloudWatch)',
    source: 'docs.aws.amazon.com: filter-log-events, one event a line',
    lines: [
      '{"timestamp":1396035378988,"message":"{\\"level\\":\\"ERROR\\",\\"requestId\\":\\"r-1\\",\\"msg\\":\\"no such key\\"}","ingestionTime":1396035394997}',
    ],
    told: { time: '2014-03-28T19:36:18.988Z', level: 'error', traceId: 'r-1' },
    message: 'no such key',
  },
  {
    title: 'JSON lines (Google Cloud)',
    source: 'cloud.google.com/logging/docs/structured-logging',
    lines: [
      '{"severity":"ERROR","message":"There was an error in the application.","httpRequest":{"requestMethod":"GET"},"time":"2020-10-12T07:20:50.52Z","logging.googleapis.com/insertId":"42","logging.googleapis.com/labels":{"user_label_1":"value_1"},"logging.googleapis.com/trace":"projects/my-projectid/traces/0679686673a"}',
    ],
    told: { time: '2020-10-12T07:20:50.520Z', level: 'error', traceId: 'projects/my-projectid/traces/0679686673a' },
    message: 'There was an error in the application.',
  },
  {
    title: 'JSON lines (MongoDB)',
    source: 'mongodb.com/docs/manual/reference/log-messages',
    lines: [
      '{"t":{"$date":"2020-05-20T20:10:08.731+00:00"},"s":"W","c":"COMMAND","id":51803,"ctx":"conn281","msg":"Slow query","attr":{"type":"command","ns":"stocks.trades","command":{"aggregate":"trades"},"planSummary":"COLLSCAN","durationMillis":345}}',
    ],
    told: { time: '2020-05-20T20:10:08.731Z', level: 'warn', component: 'COMMAND', durationMs: 345 },
    message: 'Slow query',
  },
  {
    title: 'JSON lines (Elasticsearch)',
    source: 'elastic.co: Elasticsearch 7 JSON logs',
    lines: [
      '{"type": "server", "timestamp": "2020-02-14T10:32:15,331Z", "level": "WARN", "component": "o.e.d.HandshakingTransportAddressConnector", "cluster.name": "elasticsearch", "node.name": "node-1", "message": "[connectToRemoteMasterNode] completed handshake but followup connection failed", "stacktrace": ["org.elasticsearch.transport.ConnectTransportException: [node-1] connect_timeout[30s]", "at org.elasticsearch.transport.TcpTransport$ChannelsConnectedListener.onTimeout(TcpTransport.java:995) ~[elasticsearch-7.6.0.jar:7.6.0]"] }',
    ],
    told: {
      time: '2020-02-14T10:32:15.331Z',
      level: 'warn',
      component: 'o.e.d.HandshakingTransportAddressConnector',
    },
    message: '[connectToRemoteMasterNode] completed handshake but followup connection failed',
  },
  {
    title: 'JSON lines (Kubernetes audit)',
    source: 'kubernetes.io/docs/tasks/debug/debug-cluster/audit',
    lines: [
      '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"bb6f0e0c","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/default/pods","verb":"list","user":{"username":"kubernetes-admin"},"objectRef":{"resource":"pods","namespace":"default","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"2021-03-05T10:00:00.000100Z","stageTimestamp":"2021-03-05T10:00:00.004100Z"}',
    ],
    told: { time: '2021-03-05T10:00:00.000Z', component: 'pods', durationMs: 4, traceId: 'bb6f0e0c' },
    message: '/api/v1/namespaces/default/pods',
  },
  {
    title: 'JSON lines (Kubernetes events)',
    source: 'kubernetes.io: kubectl get events -o json, compact',
    lines: [
      '{"apiVersion":"v1","count":3,"eventTime":null,"firstTimestamp":"2024-01-02T03:04:05Z","involvedObject":{"kind":"Pod","name":"web-1"},"kind":"Event","lastTimestamp":"2024-01-02T03:05:05Z","message":"Back-off restarting failed container","metadata":{"name":"web-1.17","creationTimestamp":"2024-01-02T03:04:05Z"},"reason":"BackOff","source":{"component":"kubelet","host":"node-1"},"type":"Warning"}',
    ],
    told: { time: '2024-01-02T03:05:05.000Z', level: 'warn', component: 'kubelet' },
    message: 'Back-off restarting failed container',
  },
  {
    title: 'JSON lines (journald)',
    source: 'systemd.io: journalctl -o json',
    lines: [
      '{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1423944916372858","_BOOT_ID":"b","PRIORITY":"3","SYSLOG_IDENTIFIER":"sshd","_SYSTEMD_UNIT":"ssh.service","MESSAGE":"error: kex_exchange_identification","_PID":"1"}',
      '{"__CURSOR":"s=2","__REALTIME_TIMESTAMP":"1423944916372859","PRIORITY":"6","SYSLOG_IDENTIFIER":"app","MESSAGE":[27,91,48,109]}',
    ],
    told: { time: '2015-02-14T20:15:16.372Z', level: 'error', component: 'sshd' },
    message: 'error: kex_exchange_identification',
  },
  {
    title: 'JSON lines (Traefik)',
    source: 'doc.traefik.io/traefik/observability/access-logs',
    lines: [
      '{"ClientAddr":"10.0.0.1:1","DownstreamStatus":200,"Duration":1234567,"RequestMethod":"GET","RequestPath":"/whoami","RouterName":"whoami@docker","StartUTC":"2021-01-01T00:00:00.5Z","level":"info","msg":"","time":"2021-01-01T00:00:01Z"}',
    ],
    told: { time: '2021-01-01T00:00:00.500Z', level: 'info', component: 'whoami@docker', durationMs: 1.234567 },
    message: '/whoami',
  },
  {
    title: 'JSON lines (CloudTrail)',
    source: 'docs.aws.amazon.com/awscloudtrail: log record contents',
    lines: [
      '{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"Mary"},"eventTime":"2023-07-19T21:17:28Z","eventSource":"ec2.amazonaws.com","eventName":"StartInstances","awsRegion":"us-east-1","requestID":"e4336db0"}',
    ],
    told: { time: '2023-07-19T21:17:28.000Z', component: 'ec2.amazonaws.com', traceId: 'e4336db0' },
    message: 'StartInstances',
  },
  {
    title: 'JSON lines (tracing)',
    source: 'docs.rs/tracing-subscriber: json',
    lines: [
      '{"timestamp":"2022-02-15T18:47:10.821315Z","level":"INFO","fields":{"message":"preparing to shave yaks","number_of_yaks":3},"target":"fmt_json"}',
    ],
    told: { time: '2022-02-15T18:47:10.821Z', level: 'info', component: 'fmt_json' },
    message: 'preparing to shave yaks',
  },
  {
    title: 'JSON lines (Monolog)',
    source: 'github.com/Seldaek/monolog: JsonFormatter',
    lines: [
      '{"message":"Adding a new user","context":{"username":"Seldaek","request_id":"r9"},"level":250,"level_name":"NOTICE","channel":"security","datetime":"2023-01-02T03:04:05.678901+01:00","extra":{}}',
    ],
    told: { time: '2023-01-02T02:04:05.678Z', level: 'notice', component: 'security', traceId: 'r9' },
    message: 'Adding a new user',
  },
  {
    title: 'JSON lines (.NET console)',
    source: 'learn.microsoft.com: AddJsonConsole',
    lines: [
      '{"EventId":0,"LogLevel":"Information","Category":"Microsoft.Hosting.Lifetime","Timestamp":"2021-06-24T16:46:34.9Z","Message":"Now listening on: https://localhost:5001","State":{"Message":"Now listening on: https://localhost:5001","{OriginalFormat}":"Now listening on: {address}"}}',
    ],
    told: { time: '2021-06-24T16:46:34.900Z', level: 'info', component: 'Microsoft.Hosting.Lifetime' },
    message: 'Now listening on: https://localhost:5001',
  },
  {
    title: 'logfmt (Heroku)',
    source: 'devcenter.heroku.com/articles/http-routing',
    lines: [
      '2012-10-11T03:47:20.123456+00:00 heroku[router]: at=error code=H12 desc="Request timeout" method=GET path="/" host=myapp.herokuapp.com request_id=8601b555 fwd="17.17.17.17" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0',
      '2012-10-11T03:47:21.123456+00:00 app[web.1]: listening on port 5000',
      '2012-10-11T03:47:22.123456+00:00 heroku[router]: at=info method=GET path="/" host=myapp.herokuapp.com request_id=8601b556 fwd="17.17.17.17" dyno=web.1 connect=1ms service=18ms status=200 bytes=13',
    ],
    told: {
      time: '2012-10-11T03:47:20.123Z',
      level: 'error',
      component: 'heroku[router]',
      durationMs: 30000,
      traceId: '8601b555',
    },
    message: 'Request timeout',
  },
  {
    title: 'logfmt (Grafana)',
    source: 'grafana.com/docs: log.file format text',
    lines: [
      'logger=context traceID=4bf9 userId=1 t=2022-08-11T10:42:51.127118627Z level=info msg="Request Completed" method=GET duration=3.25ms',
    ],
    told: { time: '2022-08-11T10:42:51.127Z', level: 'info', component: 'context', traceId: '4bf9', durationMs: 3.25 },
    message: 'Request Completed',
  },
];

describe.each(examples)('$title, as documented at $source', ({ title, lines, told, message }) => {
  const { plan, format, records } = parseLog(`${lines.join('\n')}\n`);

  it('is detected', () => expect(plan.title.startsWith(title)).toBe(true));

  it('gives what each record tells', () => {
    expect(records).toHaveLength(lines.length);
    const { line: _, text, rawMessage: __, ...record } = records[0] ?? { line: 0, text: '', rawMessage: '' };
    expect(record).toEqual(told);
    expect(format.message(text)).toBe(message);
  });
});

describe('tables', () => {
  it('of commas with a header row', () => {
    const { plan, format, records } = parseLog(
      [
        'Date,Level,Logger,Message,Elapsed (ms)',
        '2024-01-02 03:04:05.678,INFO,shop,"paid, at last",12',
        '2024-01-02 03:04:06.000,ERROR,shop,"it ""failed""',
        'in a second line",3',
        '2024-01-02 03:04:07.000,WARN,db,slow,1204',
      ].join('\n'),
    );
    expect(plan.title).toBe('CSV');
    expect(
      records.map(({ line, time, level, component, durationMs }) => [line, time, level, component, durationMs]),
    ).toEqual([
      [1, undefined, undefined, undefined, undefined],
      [2, '2024-01-02T03:04:05.678Z', 'info', 'shop', 12],
      [3, '2024-01-02T03:04:06.000Z', 'error', 'shop', 3],
      [5, '2024-01-02T03:04:07.000Z', 'warn', 'db', 1204],
    ]);
    expect(records.map(({ text }) => format.message(text)).slice(1)).toEqual([
      'paid, at last',
      'it "failed"\nin a second line',
      'slow',
    ]);
    expect(format.fields(records[1]?.text ?? '')).toMatchObject({ Message: 'paid, at last', 'Elapsed (ms)': '12' });
  });

  it('of tabs', () => {
    const { plan, records } = parseLog(
      'time\tseverity\tmodule\tmessage\n1700000000\twarning\tdisk\t90 % full\n1700000001\terror\tdisk\tfull\n',
    );
    expect(plan.title).toBe('TSV');
    expect(records[1]).toMatchObject({
      time: '2023-11-14T22:13:20.000Z',
      level: 'warn',
      component: 'disk',
      rawMessage: '90 % full',
    });
  });

  it('that are no logs are left to other formats', () => {
    expect(parseLog('name,price,stock\napple,1,2\npear,3,4\n').plan.id).not.toBe('csv');
  });
});

describe('JSON documents', () => {
  const items = [
    {
      lastTimestamp: '2024-01-02T03:05:05Z',
      message: 'Back-off restarting failed container',
      reason: 'BackOff',
      type: 'Warning',
      kind: 'Event',
      involvedObject: { name: 'web-1' },
      metadata: { name: 'x' },
    },
    {
      lastTimestamp: '2024-01-02T03:06:05Z',
      message: 'Pulled image',
      reason: 'Pulled',
      type: 'Normal',
      kind: 'Event',
      involvedObject: { name: 'web-1' },
      metadata: { name: 'x' },
    },
  ];

  it.each([
    ['in a list of one object', JSON.stringify({ apiVersion: 'v1', items }, null, 4)],
    ['in an array', JSON.stringify(items, null, 2)],
    ['one after another', items.map((item) => JSON.stringify(item, null, 2)).join('\n')],
  ])('are one record each: %s', (_, text) => {
    const { plan, format, records } = parseLog(text);
    expect(plan.title).toBe('JSON documents (Kubernetes events)');
    expect(records.map(({ time, level, text }) => [time, level, format.message(text)])).toEqual([
      ['2024-01-02T03:05:05.000Z', 'warn', 'Back-off restarting failed container'],
      ['2024-01-02T03:06:05.000Z', 'info', 'Pulled image'],
    ]);
    expect(format.fields(records[1]?.text ?? '')).toMatchObject({
      reason: 'Pulled',
      involvedObject: { name: 'web-1' },
    });
  });

  it('are one record each in an array with one object a line', () => {
    const { format, records } = parseLog(`[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]\n`);
    expect(records.map(({ line, time, text }) => [line, time, format.message(text)])).toEqual([
      [1, '2024-01-02T03:05:05.000Z', 'Back-off restarting failed container'],
      [3, '2024-01-02T03:06:05.000Z', 'Pulled image'],
    ]);
  });

  it('are one record when a file holds one', () => {
    const { format, records } = parseLog(JSON.stringify(items[0], null, 2));
    expect(records).toHaveLength(1);
    expect(format.fields(records[0]?.text ?? '')).toEqual(items[0]);
  });
});
