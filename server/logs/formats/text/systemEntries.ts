import type { TextEntry } from './textEntry.ts';

/** Logs of the operating system and its services. */
export const systemEntries: readonly TextEntry[] = [
  {
    id: 'syslog-5424',
    title: 'syslog (RFC 5424)',
    patterns: [
      '<{priority:pri}>{version:num} {time} {host:word} {component:word} {pid:word} {msgid:word} {structured:sd} ',
      '<{priority:pri}>{version:num} - {host:word} {component:word} {pid:word} {msgid:word} {structured:sd} ',
    ],
  },
  {
    id: 'haproxy',
    title: 'HAProxy',
    core: 2,
    patterns: [
      // HTTP: the five timers, the status; TCP: three timers and no status.
      '{?<{priority:pri}>?}{time} {host:host} {component:tag}[{pid:num}]: {message}{client:plain} [{accepted:balanced}] {frontend:word} {backend:word} {tr:num}/{tw:num}/{tc:num}/{tt:num}/{duration:ms} {status:status} {bytes:num} ',
      '{?<{priority:pri}>?}{time} {host:host} {component:tag}[{pid:num}]: {message}{client:plain} [{accepted:balanced}] {frontend:word} {backend:word} {tw:num}/{tc:num}/{duration:ms} {bytes:num} ',
      '{?<{priority:pri}>?}{time} {host:host} {component:tag}[{pid:num}]: ',
      '{?<{priority:pri}>?}{time} {component:tag}[{pid:num}]: ',
    ],
  },
  {
    id: 'haproxy',
    title: 'HAProxy',
    patterns: [
      '{message}{client:plain} [{time}] {frontend:word} {backend:word} {tr:num}/{tw:num}/{tc:num}/{tt:num}/{duration:ms} {status:status} {bytes:num} ',
      '{message}{client:plain} [{time}] {frontend:word} {backend:word} {tw:num}/{tc:num}/{duration:ms} {bytes:num} ',
      '[{level}] {?{number}/{number} ?}({pid:num}) : ',
    ],
  },
  {
    id: 'syslog-3164',
    title: 'syslog (RFC 3164)',
    patterns: [
      '{?<{priority:pri}>?}{time} {host:host} {component:tag}{?[{pid}]?}{? ({via})?}:~',
      '{?<{priority:pri}>?}{time} {component:tag}[{pid:num}]:~',
      '{?<{priority:pri}>?}{time} {host:host} ',
    ],
    layout: /%b %e %H:%M:%S/,
    certainty: 0.95,
  },
  {
    id: 'syslog-iso',
    title: 'syslog with ISO times',
    patterns: [
      '{?<{priority:pri}>?}{time} {host:host} {component:tag}{?[{pid}]?}:~',
      '{?<{priority:pri}>?}{time} {component:tag}[{pid:num}]:~',
    ],
    layout: /^(?:%a )?%Y-%m-%d/,
    certainty: 0.85,
  },
  {
    id: 'dmesg',
    title: 'kernel ring buffer',
    patterns: [
      '{?<{priority:pri}>?}[~{uptime:plain}.{fraction:num}] ',
      '{facility:letters} :{level:any}~: [~{uptime:plain}.{fraction:num}] ',
      '{facility:letters} :{level:any}~: [{time}] ',
      '[{time}] ',
    ],
    layout: /^$|%a %b %e/,
    certainty: 0.9,
  },
  {
    id: 'journal-export',
    title: 'journal export',
    patterns: ['__CURSOR={cursor:word}{end}'],
    completing: [
      '__REALTIME_TIMESTAMP={time}',
      'PRIORITY={level:severity}',
      'SYSLOG_IDENTIFIER={component:word}',
      'MESSAGE={message}',
    ],
    certainty: 1,
  },
  {
    id: 'windows-cbs',
    title: 'Windows CBS',
    patterns: ['{time}, {level} {component:word} '],
  },
  {
    id: 'logcat',
    title: 'Android logcat',
    patterns: [
      '{time} {pid:num} {tid:num} {level:letter} {component}: ',
      '{time} {pid:num} {tid:num} {level:letter} {component:tag}:~',
      '{time} {level:letter}/{component}(~{pid:num}): ',
      '{time} {uid:word} {pid:num} {tid:num} {level:letter} {component}: ',
    ],
  },
  {
    id: 'logcat',
    title: 'Android logcat (brief)',
    patterns: ['{level:letter}/{component}(~{pid:num}): ', '{level:letter}/{component}: '],
    certainty: 0.95,
  },
  {
    id: 'kubernetes-events',
    title: 'Kubernetes events',
    patterns: [
      '{age:word} {type:event} {reason:word} {component:word} ',
      '{namespace:word} {age:word} {type:event} {reason:word} {component:word} ',
    ],
  },
];
