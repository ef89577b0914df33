import type { TextEntry } from './textEntry.ts';

const ACCESS_TAIL =
  '{message}"{request}" {status:status} {bytes:word}{? "{referer}" "{agent}"{? "{forwarded}"?}{? {duration:s}?}{? rt={duration:s}?}{? request_time={duration:s}?}?}';

/** Web servers, databases, queues and the cloud's load balancers. */
export const serverEntries: readonly TextEntry[] = [
  {
    id: 'access-vhost',
    title: 'web server access log with virtual hosts',
    patterns: [`{component:plain}:{port:num} {client:plain} {ident:word} {user} [{time}] ${ACCESS_TAIL}`],
  },
  {
    id: 'access',
    title: 'web server access log',
    patterns: [`{client:plain} {ident:word} {user} [{time}] ${ACCESS_TAIL}`],
    layout: /%d\/%b\/%Y/,
  },
  {
    id: 'access-request',
    title: 'development server access log',
    patterns: [
      '[{time}] {message}"{request}" {status:status} {bytes:word}',
      '[{time}] {client:word} [{status:status}]: ',
    ],
  },
  {
    id: 'nginx-error',
    title: 'nginx error log',
    patterns: ['{time} [{level}] {pid:num}#{tid:num}: {?*{connection:num} ?}'],
  },
  {
    id: 'apache-error',
    title: 'Apache error log',
    patterns: [
      '[{time}] [{component:plain}:{level}] [pid {pid:num}{?:tid {tid:num}?}] {?[client {client}] ?}{?[remote {remote}] ?}',
      '[{time}] [{level}] ',
    ],
    layout: /%a %b %e/,
  },
  {
    id: 'php',
    title: 'PHP',
    patterns: [
      '[{time}{? {zone}?}] PHP {level:any}{? error?}: ',
      '[{time}{? {zone}?}] {level}: {?[pool {component}] ?}',
      '[{time}{? {zone}?}] ',
    ],
    layout: /%[de]-%b-%Y/,
  },
  {
    id: 'postgresql',
    title: 'PostgreSQL',
    patterns: [
      '',
      '[{pid:num}] ',
      '{pid:num} ',
      '[',
      '< ',
      '<',
      '{a:word} ',
      '{a:word} {b:word} ',
      '{a:word} {b:word} {c:word} ',
    ]
      .map((before) => `${before}{time}{prefix:pg}{severity:postgres} `)
      .concat('{prefix:pg}{severity:postgres} '),
  },
  {
    id: 'mysql',
    title: 'MySQL error log',
    patterns: [
      '{time} {thread:num} [{level:any}] [{code}] [{component}] ',
      '{time} {thread:num} [{level:any}] {?{component:plain}: ?}',
    ],
    layout: /%H:%M:%S|%k:%M:%S/,
    certainty: 0.97,
  },
  {
    id: 'mysql-slow',
    title: 'MySQL slow query log',
    // Queries of one second share a time.
    patterns: ['# Time: {time}', '# User@Host: {user}{end}'],
    chained: true,
    completing: ['# Query_time: {duration:s} ', 'SET timestamp={time};', 'use ', '# ', '{message}'],
  },
  { id: 'bind', title: 'BIND', patterns: ['{time} {component:plain}: {level}: '], layout: /%b-%Y/ },
  { id: 'redis', title: 'Redis', patterns: ['{pid:num}:{role:letters} {time} {sign:redis} '] },
  { id: 'rabbitmq', title: 'RabbitMQ', patterns: ['{time} [{level}] <{process}>\\ '] },
  { id: 'mosquitto', title: 'Mosquitto', patterns: ['{time}: '], layout: /^%s$/, certainty: 0.9 },
  {
    id: 'aws-alb',
    title: 'AWS application load balancer',
    patterns: [
      '{type:word} {time} {component:word} {client:word} {target:word} {requestTime:word} {duration:s} {responseTime:word} {status:status} {targetStatus:word} {received:num} {sent:num} {message}"{request}" "{agent}" {cipher:word} {tls:word} {group:word} "{trace}" ',
      '{type:word} {time} {component:word} {client:word} {target:word} {requestTime:word} {targetTime:word} {responseTime:word} {status:status} {targetStatus:word} {received:num} {sent:num} {message}"{request}" "{agent}" {cipher:word} {tls:word} {group:word} "{trace}" ',
    ],
  },
  {
    id: 'aws-elb',
    title: 'AWS classic load balancer',
    patterns: [
      '{time} {component:word} {client:word} {target:word} {requestTime:word} {duration:s} {responseTime:word} {status:status} {targetStatus:word} {received:num} {sent:num} {message}"{request}" ',
      '{time} {component:word} {client:word} {target:word} {requestTime:word} {targetTime:word} {responseTime:word} {status:status} {targetStatus:word} {received:num} {sent:num} {message}"{request}" ',
    ],
  },
  {
    id: 'aws-s3',
    title: 'AWS S3 access log',
    patterns: [
      '{owner:word} {component:word} [{time}] {client:word} {requester:word} {trace:word} {message}{operation:word} {key:word} {?"{request}" ?}{?- ?}{status:status} {error:word} {bytes:word} {size:word} {duration:ms} ',
    ],
  },
];
