/** Lines that begin a stack trace below a message. */
const TRACE =
  /^(?:\s+at |\tfrom |\s+from \S+:\d|Traceback \(most recent call last\)|Caused by: |goroutine \d+ \[|stack backtrace:|\s*File "|[\w.$]+(?:Exception|Error)\b(?::|$))/;

/** The message of a record of several lines: what stands ahead of its stack trace. */
export function messageLines(first: string, rest: string): string {
  if (rest === '') return first;
  const lines = rest.replace(/^\r?\n/, '').split(/\r?\n/);
  const trace = lines.findIndex((line) => TRACE.test(line));
  const said = trace < 0 ? lines : lines.slice(0, trace);
  while (said.length > 0 && said.at(-1)?.trim() === '') said.pop();
  return [first, ...said].join('\n');
}

export function firstLineOf(text: string): string {
  const feed = text.indexOf('\n');
  const line = feed < 0 ? text : text.slice(0, feed);
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
