/** A file or program that an error says is not there, as the error writes it. */
export interface MissingPath {
  written: string;
  kind: 'file' | 'program' | 'module';
}

/** Messages about a file; group 1 is its path. */
const FILES: readonly RegExp[] = [
  // Node: `ENOENT: no such file or directory, open 'x'`, `…, copyfile 'a' -> 'b'`
  /ENOENT: no such file or directory, \w+ '([^']+)'/,
  /ENOENT[^\n]*path: '([^']+)'/,
  // Python: `[Errno 2] No such file or directory: 'x'`, `can't open file '/x.py': [Errno 2]`
  /\[Errno 2\] No such file or directory: ['"]([^'"]+)['"]/,
  /can't open file '([^']+)': \[Errno 2\]/,
  // Go: `open x: no such file or directory`
  /\b(?:open|stat|lstat|read|chdir|fork\/exec|readdirent) ([^\s:]+): no such file or directory/,
  // Ruby: `No such file or directory @ rb_sysopen - x`
  /No such file or directory @ \w+ - (\S+)/,
  /java\.(?:io\.FileNotFoundException|nio\.file\.NoSuchFileException): (\S+)/,
  /System\.IO\.(?:FileNotFound|DirectoryNotFound)Exception: Could not find (?:file|a part of the path) '([^']+)'/,
  // nginx: `open() "x" failed (2: No such file or directory)`, `cannot load certificate "x": BIO_new_file() failed`
  /open\(\) "([^"]+)" failed \(2: /,
  /cannot load certificate(?: key)? "([^"]+)"[^\n]*No such file/,
  /(?:Failed to open|failed opening|failed to open) (?:stream|required|file) ?['"]?([^'"\s:]+)/i,
  // Perl: `Can't open 'x': No such file or directory at a.pl line 3.`
  /[Cc](?:an't|annot|ould not) open (?:perl script )?['"]?([^'"\s:]+)['"]?: No such file/,
  /(?:TemplateNotFound|TemplateDoesNotExist): (\S+)/,
  // Node itself: `node: .env: not found` of --env-file
  /^node: (\S+): not found$/,
  // Shells: `sh: 0: cannot open x: No such file`, `start.sh: 2: .: cannot open x`, `line 2: ./x: No such file or directory`
  /cannot open ([^\s:]+)(?:: No such file)?$/,
  /: (?:\d+|line \d+): ((?:\.{0,2}\/)?[\w@.-]+(?:\/[\w@.-]+)*): (?:No such file(?: or directory)?)/,
  /: (?:\d+|line \d+): ((?:\.{0,2}\/)[\w@./-]+): not found/,
  /^(?:ba|da|z)?sh: ([^\s:]+): No such file or directory/,
  /(?:config(?:uration)?|file|template|certificate|key|schema|model|dataset|script|path|directory|folder)[^\n'"`]{0,40}['"`]([^'"`\n]*[./][^'"`\n]+)['"`][^\n]{0,30}(?:not found|does not exist|doesn't exist|is missing|missing|no such file|not exist)/i,
  /(?:not found|does not exist|no such file(?: or directory)?|missing(?: file| config| configuration)?|cannot (?:find|open|read|load)(?: the)?(?: file| config| configuration)?|could not (?:find|open|read|load)(?: the)?(?: file| config)?|unable to (?:find|open|read|load)(?: the)?(?: file| config)?)(?: at| in)?[:\s]+['"`]?((?:\.{0,2}\/)?[\w@.-]+(?:\/[\w@.-]+)*\.[A-Za-z]\w{0,7})\b/i,
  /((?:\.{0,2}\/)?[\w@.-]+(?:\/[\w@.-]+)+): (?:No such file or directory|not found|file not found)/i,
  /(?:^|[\s:])((?:\.{0,2}\/)?(?:[\w@.-]+\/)+[\w@.-]+|[\w@-]+\.(?:json|ya?ml|toml|ini|conf|pem|crt|key|csv|html?|sql|env|db|txt|xml)) (?:is missing|not found|does not exist|doesn't exist|could not be (?:found|opened|read))/i,
];

/** Messages about a module of the project itself: a path, not a package. */
const LOCAL_MODULES: readonly RegExp[] = [
  /Cannot find module '((?:\.{0,2}\/|[A-Za-z]:\\|file:\/\/)[^']+)'/,
  /(?:Can't resolve|Could not resolve) ['"]((?:\.{1,2}\/)[^'"]+)['"]/,
  /cannot load such file -- ((?:\.{0,2}\/)[\w./-]+)/,
];

/** Messages about a program that is on no path; group 1 is its name. */
const PROGRAMS: readonly RegExp[] = [
  /\bspawn(?:Sync)? ([^\s']+) ENOENT/,
  /exec: "([^"]+)": executable file not found in \$PATH/,
  /: (?:\d+|line \d+): (?:exec: )?([\w@.+-]+): (?:command )?not found/,
  /^(?:ba|da|z)?sh: (?:\d+: )?([\w@.+-]+): (?:command )?not found/,
  /^(?:env|exec|nohup|setsid|timeout|xargs): (?:failed to run command )?[‘'"]?([\w@.+-]+)[’'"]?: No such file or directory/,
  /Cannot run program "([^"]+)"/,
];

const ABOUT_REQUESTS = /\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b|\b404\b|\broutes?\b|\bendpoint\b|https?:\/\//;
const BY_SYSTEM = /ENOENT|Errno 2|no such file/i;
/** An error that says that a file is missing, whatever it names. */
const NO_SUCH = /No such file|ENOENT|NotFound\b|FileNotFound|cannot find the (?:file|path)/i;
const LITERAL = /["'`]([\w@./-]*(?:\/[\w@.-]+|\.[A-Za-z]\w{0,7}))["'`]/g;

/** Everything that the text of an error calls missing. */
export function missingPathsIn(text: string): MissingPath[] {
  const found = new Map<string, MissingPath>();
  const add = (written: string, kind: MissingPath['kind']): void => {
    const clean = written.replace(/^file:\/\//, '').replace(/[,;]$/, '');
    if (/^(?:https?:|node:|\d+\.\d+\.\d+)/.test(clean) || clean.includes('node_modules/') || found.has(clean)) return;
    found.set(clean, { written: clean, kind });
  };
  for (const line of text.split('\n')) {
    if (/^\s+at |^\s*File "/.test(line)) continue;
    const module = first(LOCAL_MODULES, line);
    const program = module === undefined ? first(PROGRAMS, line) : undefined;
    const file =
      module === undefined && program === undefined && (BY_SYSTEM.test(line) || !ABOUT_REQUESTS.test(line))
        ? first(FILES, line)
        : undefined;
    if (module !== undefined) add(module, 'module');
    if (program !== undefined) add(program, program.includes('/') ? 'file' : 'program');
    // Python reports a program like a file; only its own frames tell that it was to be run.
    if (file !== undefined)
      add(file, !file.includes('/') && /subprocess\.py|_execute_child/.test(text) ? 'program' : 'file');
  }
  return [...found.values()].slice(0, 4);
}

/** Paths that the failing line of code names, for errors that name none (Rust, C, many bindings). */
export function pathsOfCode(text: string, codeLine: string): string[] {
  if (!NO_SUCH.test(text)) return [];
  return [...codeLine.matchAll(LITERAL)].map(([, literal]) => literal ?? '').filter((literal) => literal.length > 2);
}

function first(patterns: readonly RegExp[], line: string): string | undefined {
  for (const pattern of patterns) {
    const written = pattern.exec(line)?.[1];
    if (written !== undefined) return written;
  }
  return undefined;
}
