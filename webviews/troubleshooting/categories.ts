import type { Category } from '../../server/protocol/diagnosis.ts';
import type { IconName } from '../shared/ui/icons.ts';

interface CategoryCard {
  category: Category;
  icon: IconName;
  /** What the user sees, in plain words. */
  title: string;
  /** How it shows, in words that one may have read in a log. */
  hint: string;
}

/** The categories as a person meets them. */
export const categoryCards: readonly CategoryCard[] = [
  {
    category: 'startup',
    icon: 'power',
    title: "Service won't start",
    hint: 'Crashes, exits, port taken, setting missing',
  },
  { category: 'model', icon: 'gpu', title: "Model won't load", hint: 'GGUF, CUDA, not enough memory for it' },
  { category: 'memory', icon: 'memory', title: 'Too much memory', hint: 'Killed, leaks, swaps, limit too low' },
  { category: 'performance', icon: 'clock', title: 'Slow', hint: 'Hangs, busy processor, slow answers' },
  { category: 'security', icon: 'shield', title: 'Security', hint: '401, 403, certificate, permission' },
  { category: 'database', icon: 'database', title: 'Database', hint: 'Login, locks, connections, migrations' },
  { category: 'network', icon: 'listener', title: 'Network', hint: 'Refused, timeouts, DNS, 502 to 504' },
  { category: 'disk', icon: 'filesystem', title: 'Disk', hint: 'Full, out of inodes, read-only' },
  { category: 'kubernetes', icon: 'cluster', title: 'Kubernetes', hint: 'Pods crash, wait or cannot pull' },
];
