import type { TextEntry } from './textEntry.ts';

const SPRING = '{component:word}~: ';

/** Logging libraries and runtimes. */
export const libraryEntries: readonly TextEntry[] = [
  {
    id: 'klog',
    title: 'klog / glog',
    patterns: ['{level:letter}{time} {thread:num} {component:plain}:{line:num}] '],
    layout: /%m%d /,
  },
  {
    id: 'spring-boot',
    title: 'Spring Boot',
    patterns: [3, 2, 1].map(
      (brackets) =>
        `{time} {level} {pid:num} --- ${['', '[{thread:balanced}] ', '[{app:balanced}] [{thread:balanced}] ', '[{app:balanced}] [{thread:balanced}] [{trace:balanced}] '][brackets]}${SPRING}`,
    ),
  },
  {
    id: 'elasticsearch',
    title: 'Elasticsearch',
    patterns: [
      '[{time}][{level}~][{component:balanced}]~[{node:balanced}] ',
      '[{time}][{level}~][{component:balanced}]~',
    ],
  },
  {
    id: 'kafka',
    title: 'log4j (Kafka)',
    patterns: ['[{time}] {level} {message}{component:tail}'],
    certainty: 0.97,
  },
  {
    id: 'log4j',
    title: 'log4j / logback',
    patterns: [
      '{time} - {level} [{component:balanced}] - ',
      '{time} [{thread:balanced}] {level} {component:plain} - ',
      '{time} {level} [{thread:balanced}] {component:plain} - ',
      '{time} {level} [{thread:balanced}] {component:tag}:~',
      '{time} {level} [{thread:balanced}] {component:qualified} ',
      '{time} {level} {component:plain} - ',
      '{time} {level} {component:plain} [{thread:balanced}] ',
      '{time} {level} {component:tag}:~',
    ],
    certainty: 0.95,
  },
  {
    id: 'jul',
    title: 'java.util.logging',
    patterns: ['{time} {component:word}{? {method:word}?}{end}'],
    completing: ['{level}: {message}'],
    layout: /%b|%H:%M:%S|%k/,
  },
  {
    id: 'dotnet',
    title: '.NET console',
    patterns: [
      '{level}: {component:plain}[{event:num}]{end}',
      '{time}{? ?}{level}: {component:plain}[{event:num}]{end}',
      '{level}: {component:plain}[{event:num}] ',
      '{time}{? ?}{level}: {component:plain}[{event:num}] ',
    ],
    completing: [' {message}'],
  },
  {
    id: 'loguru',
    title: 'loguru',
    patterns: ['{time} | {level:any} | {component:plain}:{function:plain}:{line:word} - '],
  },
  {
    id: 'python',
    title: 'Python logging',
    patterns: [
      '{time} - {component} - {level} - ',
      '{time} - {level} - ',
      '{time} {level}: ',
      '{time}:{level}:{component:plain}:',
    ],
    certainty: 0.95,
  },
  { id: 'python', title: 'Python logging', patterns: ['{level}:{component}:'], certainty: 0.95, plainLines: true },
  { id: 'celery', title: 'Celery', patterns: ['[{time}: {level}/{component}] '] },
  { id: 'gunicorn', title: 'Gunicorn', patterns: ['[{time}] [{pid:num}] [{level}] '] },
  {
    id: 'level-first',
    title: 'level, then message',
    patterns: ['{level}:~', '[{level}] '],
    certainty: 0.75,
    plainLines: true,
  },
  {
    id: 'ruby',
    title: 'Ruby Logger',
    patterns: ['{letter:letters}, [{time} #{pid:num}] {level:any} -- {component}: {?[{trace:uuid}] ?}'],
  },
  {
    id: 'go',
    title: 'Go log',
    patterns: ['{time} {component:plain}:{line:num}: ', '{time} {level} ', '{time} '],
    layout: /^%Y\/%m\/%d %H/,
    certainty: 0.85,
  },
  { id: 'serilog', title: 'Serilog', patterns: ['[{time} {level}] '], certainty: 0.9 },
  { id: 'monolog', title: 'Monolog / Laravel', patterns: ['[{time}] {component:plain}.{level}: '], certainty: 0.95 },
  { id: 'minecraft', title: 'log4j (Minecraft)', patterns: ['[{time}] [{thread}/{level}]: '] },
  {
    id: 'pino-pretty',
    title: 'pino-pretty',
    patterns: ['[{time}] {level} ({pid:num}): ', '[{time}] {level} ({component:plain}/{pid:num}): '],
  },
  { id: 'logrus-text', title: 'logrus (terminal)', patterns: ['{level}[{elapsed:num}] '] },
  { id: 'env-logger', title: 'env_logger', patterns: ['[{time} {level} {component:plain}] '], certainty: 0.95 },
  {
    id: 'chromium',
    title: 'Chromium',
    patterns: ['[{pid:num}:{tid:num}:{time}:{level}:{component:plain}({line:num})] '],
  },
  { id: 'rails-tagged', title: 'Rails (tagged)', patterns: ['[{trace:uuid}] '], certainty: 0.9, plainLines: true },
  {
    id: 'npm-debug',
    title: 'npm debug log',
    core: 1,
    patterns: [
      '{number:num} {level} {component:word} ',
      '{number:num} {level}{end}',
      '{number:num} timing {component:word} ',
    ],
    certainty: 0.9,
  },
  {
    id: 'npm',
    title: 'npm',
    patterns: ['npm {level} ', 'npm ERR\\! ', 'npm {level}\\! '],
    certainty: 0.9,
    plainLines: true,
  },
  {
    id: 'github-actions',
    title: 'GitHub Actions',
    patterns: ['{time} ##[{level:any}]', '{time} '],
    layout: /^%Y-%m-%dT%H:%M:%S%f%z$/,
    certainty: 0.7,
  },
  {
    id: 'gitlab',
    title: 'GitLab CI',
    patterns: ['section_{edge:letters}:{time}:{component:plain}'],
    certainty: 1,
    plainLines: true,
  },
];
