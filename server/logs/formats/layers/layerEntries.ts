/** What stands ahead of each line of another program. */
export interface LayerEntry {
  id: string;
  /** "log4j in docker compose" */
  title: string;
  /** See `compilePattern`; an escaped blank is exactly one, so that the program's own indentation stays. */
  pattern: string;
  layout?: RegExp;
  /** The prefix says which of several programs wrote the line. */
  several?: boolean;
  /** It is one only around a format that is known: plain text behind it is a head of its own. */
  strong?: boolean;
}

export const layerEntries: readonly LayerEntry[] = [
  { id: 'cri', title: 'containerd', pattern: '{time}\\ std{stream:letters}\\ {part:letters}\\ ', layout: /^%Y-%m-%dT/ },
  { id: 'pm2', title: 'pm2', pattern: '{id:num}|{component:word}~|\\ ', several: true },
  { id: 'foreman', title: 'foreman', pattern: '{time} {component:word}~|\\ ', layout: /^%H:%M:%S/, several: true },
  { id: 'compose', title: 'docker compose', pattern: '{component:host} |\\ ', several: true },
  { id: 'kubectl', title: 'kubectl --prefix', pattern: '[pod/{component}]\\ ', several: true },
  {
    id: 'syslog',
    title: 'syslog',
    pattern: '{?<{priority:pri}>?}{time} {host:host} {component:tag}{?[{pid}]?}:{?\\ ?}',
    strong: true,
  },
  {
    id: 'syslog-5424',
    title: 'syslog',
    pattern:
      '<{priority:pri}>{version:num} {time} {host:word} {component:word} {pid:word} {msgid:word} {structured:sd}\\ ',
    strong: true,
  },
  { id: 'timestamped', title: 'lines with times', pattern: '{time}\\ ', layout: /^%Y-%m-%dT%H:%M:%S%f/, strong: true },
];
