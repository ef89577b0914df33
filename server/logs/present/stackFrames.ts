/** A place in source code that a stack trace names. */
export interface StackFrame {
  path: string;
  line: number;
}

const FRAMES: readonly RegExp[] = [
  /^\s+at .*?\(?(?:file:\/\/)?((?:[A-Za-z]:)?[^\s():]+\.[cm]?[jt]sx?):(\d+)(?::\d+)?\)?/,
  /^\s*File "([^"]+)", line (\d+)/,
  /^\s+(\/?[\w./@-]+\.go):(\d+)/,
  /^\s*(?:from )?([\w./-]+\.rb):(\d+):in /,
  /^\s+(?:at )?([\w./-]+\.rs):(\d+)/,
  // The JVM names the file without its folder.
  /^\s+at [\w.$/@]+\((\w+\.(?:java|kt|scala)):(\d+)\)/,
  /panicked at ([\w./-]+\.rs):(\d+)/,
  /^(?:file:\/\/)?((?:[A-Za-z]:)?[\w./@ -]+\.[cm]?[jt]sx?):(\d+)$/,
  // Shells and Perl: `start.sh: line 4: …`, `start.sh: 4: …`, `… at app.pl line 3.`
  /^((?:[\w.-]*\/)*[\w.-]+): (?:line )?(\d+): /,
  / at (\S+\.(?:pl|pm|psgi)) line (\d+)\.?/,
  / in (\/[\w./-]+\.php)(?::| on line )(\d+)/,
];

/** The frames of a record's text, innermost as the trace has it; frames of the runtime itself are left out. */
export function stackFramesOf(text: string): StackFrame[] {
  const frames: StackFrame[] = [];
  for (const line of text.split('\n')) {
    for (const pattern of FRAMES) {
      const match = pattern.exec(line);
      if (match?.[1] && match[2] && !match[1].startsWith('node:')) {
        frames.push({ path: match[1], line: Number(match[2]) });
        break;
      }
    }
  }
  return frames;
}
