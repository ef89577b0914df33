import type { Category } from '../protocol/diagnosis.ts';

/** A word of the field and the categories that it points to, the likeliest first. */
type Entry = readonly [words: RegExp, ...categories: [Category, ...Category[]]];

/**
 * What people write when something does not work, and where that usually lies. What stands further up wins over what it
 * contains: "out of memory" is no "memory". Every pattern is bounded, so that a long text costs no more than its length.
 */
export const SYMPTOM_WORDS: readonly Entry[] = [
  // Kubernetes
  [/\b(?:crash ?loop ?back ?off|image ?pull ?back ?off|err ?image ?pull)\b/gi, 'kubernetes', 'startup'],
  [/\b(?:kubernetes|k8s|kubectl|minikube|kind cluster|helm)\b/gi, 'kubernetes'],
  [/\boom ?killed\b/gi, 'memory', 'kubernetes', 'startup'],
  [/\b(?:unschedulable|evicted|nodes? (?:is |are )?not ready|readiness|liveness)\b/gi, 'kubernetes'],
  [/\b(?:pods?|deployments?|stateful ?sets?|ingress|cluster)\b/gi, 'kubernetes'],
  // Disk
  [/\b(?:disks? (?:is |are )?(?:almost |nearly )?full|no space(?: left)?|out of space|enospc)\b/gi, 'disk'],
  [/\b(?:out of inodes|inodes?|read-?only file ?system|erofs)\b/gi, 'disk'],
  // Memory
  [
    /\b(?:out of memory|oom|not enough memory|enomem|heap out|exit(?:ed|s)?(?: with)?(?: code)? 137)\b/gi,
    'memory',
    'startup',
  ],
  [/\b(?:(?:memory )?leak(?:s|ing|ed)?|too much (?:memory|ram)|swap(?:ping|s)?)\b/gi, 'memory'],
  [/\b(?:v-?ram|(?:gpu|cuda) memory)\b/gi, 'model', 'memory'],
  [/\b(?:memory|ram|heap|rss)\b/gi, 'memory'],
  [/\bkilled\b/gi, 'memory', 'startup'],
  // Models
  [/\b(?:gguf|cuda|cublas|rocm|vulkan|nvidia(?:-smi)?|gpus?|graphics card)\b/gi, 'model'],
  [
    /\b(?:models?|llm|llama(?:\.cpp)?|ollama|vllm|weights|inference|embeddings?|context (?:length|size|window))\b/gi,
    'model',
  ],
  [/\btokens per second\b/gi, 'model', 'performance'],
  // Security
  [
    /\b(?:401|unauthori[sz]ed|authentication|api[ -]?keys?|invalid key|jwt|tokens?|credentials?)\b/gi,
    'security',
    'database',
  ],
  [/\b(?:403|forbidden|permissions?|access denied|denied|eacces|eperm)\b/gi, 'security', 'startup'],
  [/\b(?:certificates?|certs?|tls|ssl|https|x\.?509|self[ -]signed)\b/gi, 'security', 'network'],
  [/\b(?:passwords?|log ?in|logins?)\b/gi, 'database', 'security'],
  [/\b(?:secrets?|leaked|exposed|sandbox|security)\b/gi, 'security'],
  // Database
  [/\b(?:dead ?locks?|dead ?locked|locks?|locked|lock wait)\b/gi, 'database'],
  [
    /\b(?:too many connections|(?:connection )?pool|migrations?|migrate|schema|quer(?:y|ies)|sql|index(?:es)?)\b/gi,
    'database',
  ],
  [/\b(?:databases?|db|postgres(?:ql)?|psql|mysql|mariadb|sqlite|mongo(?:db)?|redis|valkey|caches?)\b/gi, 'database'],
  // Network
  [/\b(?:502|bad gateway)\b/gi, 'network', 'startup'],
  [/\b(?:503|service unavailable|unavailable)\b/gi, 'network', 'startup', 'database'],
  [/\b(?:504|gateway time-?out)\b/gi, 'network', 'performance', 'database'],
  [/\b(?:500|internal server error)\b/gi, 'startup', 'database'],
  [/\b(?:connection refused|refused|refuses|econnrefused|unreachable|no route|ehostunreach)\b/gi, 'network', 'startup'],
  [/\b(?:timed? ?-?outs?|timing out|etimedout|time limit)\b/gi, 'network', 'performance', 'database'],
  [/\b(?:connection reset|econnreset|socket hang up|dropped connections?)\b/gi, 'network'],
  [/\b(?:dns|enotfound|resolve|host ?names?|name resolution)\b/gi, 'network'],
  [
    /\b(?:network|proxy|nginx|gateway|upstream|firewall|cors|cannot (?:connect|reach)|can't (?:connect|reach))\b/gi,
    'network',
  ],
  // Startup
  [
    /\b(?:(?:does|did|do|will|is|are)(?:n't| not) start(?:ing)?|(?:wo|ca)n't start|cannot start|fail(?:s|ed|ing)? to start|not start(?:ing)?|never starts?)\b/gi,
    'startup',
  ],
  [/\b(?:eaddrinuse|(?:address |port )?(?:is )?already in use|port (?:is )?taken)\b/gi, 'startup'],
  [
    /\b(?:cannot find module|module not found|modulenotfounderror|missing module|import ?error|no such file|enoent)\b/gi,
    'startup',
  ],
  [
    /\b(?:crash(?:es|ed|ing)?|crash ?loops?|restarts?|restarting|exit(?:s|ed)?|exit code|down|stopped|startup|boot)\b/gi,
    'startup',
  ],
  [/\b(?:env(?:ironment)? (?:variables?|files?)|\.env|config(?:uration)?|yaml)\b/gi, 'startup'],
  // Performance
  [
    /\b(?:slow(?:er|ly|ness)?|latency|lag(?:s|gy)?|sluggish|takes (?:too |so |very )?long|takes forever|performance)\b/gi,
    'performance',
    'database',
  ],
  [
    /\b(?:hangs?|hanging|stuck|freezes?|frozen|unresponsive|not respond(?:ing)?|blocked)\b/gi,
    'performance',
    'database',
    'network',
  ],
  [/\b(?:cpu|load|throttl(?:ed|ing)|busy|100 ?%)/gi, 'performance'],
  [/\bdisks?\b/gi, 'disk'],
];
