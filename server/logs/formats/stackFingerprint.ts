import { createHash } from 'node:crypto';
import { type ParsedFrame, parseStackFrame, type StackFrame } from './parseStackFrame.ts';

/** The stack trace that a text holds. */
export interface StackTrace {
  /** Type of the error and its message, numbers masked: what the group of such errors is called. */
  headline: string;
  frames: readonly StackFrame[];
  /**
   * The same for the same error: made of the types along the chain of causes and the names of the frames' functions,
   * without what differs between builds and runs (lines, addresses, counters of lambdas and proxies, hashes, paths).
   */
  fingerprint: string;
}

/** No more of a text is looked at. */
const LOOKED_AT = 65_536;
const MOST_FRAMES = 500;
/** A headline is cut there. */
const LONGEST_HEADLINE = 300;

/** Finds the stack trace in the text of a record. Time grows linearly with the text; undefined: it holds none. */
export function stackFingerprint(text: string): StackTrace | undefined {
  const lines = text.slice(0, LOOKED_AT).split(/\r?\n/);
  const frames: ParsedFrame[] = [];
  const types: string[] = [];
  const causes: string[] = [];
  let headline: string | undefined;
  let before: string | undefined;
  let python = false;
  for (let at = 0; at < lines.length && frames.length < MOST_FRAMES; at += 1) {
    const line = lines[at] as string;
    const frame = parseStackFrame(line, lines[at + 1]);
    if (frame) {
      if (frames.length === 0) {
        const ruby = rubyHeadline(line);
        headline = ruby ?? panicOf(lines, at) ?? before;
        const type = typeOf(headline ?? '');
        if (type) types.push(type);
      }
      python ||= frame.text.startsWith('File "');
      frames.push(frame);
      at += frame.lines - 1;
      continue;
    }
    const panic = rustPanic(line, lines[at + 1]);
    if (panic) {
      headline = panic.headline;
      before = headline;
      if (panic.frame) frames.push(panic.frame);
      if (types.length === 0) types.push('panic');
      continue;
    }
    const named = errorIn(line, frames.length > 0);
    if (frames.length === 0 && named && /^ *-+> /.test(line)) {
      // .NET tells the causes ahead of the frames.
      causes.push(typeOf(named) ?? '');
    } else if (frames.length === 0) {
      // The last line ahead of the frames that names an error; a message may have further lines.
      if (named || before === undefined || !errorIn(before, false))
        before = line.trim() === '' ? before : (named ?? line.trim());
    } else if (named) {
      if (python && !/^\s/.test(line)) headline = named;
      const type = typeOf(named);
      if (type && !(types.length === 1 && types[0] === type && python)) types.push(type);
    }
  }
  if (frames.length === 0) return undefined;
  const names = frames.map(steadyName).filter((name, at, all) => name !== all[at - 1]);
  const fingerprint = createHash('sha256')
    .update([...types, ...causes, '', ...names].join('\n'))
    .digest('hex')
    .slice(0, 16);
  return {
    headline: masked(headline ?? frames[0]?.text ?? ''),
    frames: frames.map(({ name: _, lines: __, ...frame }) => frame),
    fingerprint,
  };
}

/** What names an error in a line: `Caused by: a.b.CException: message` gives `a.b.CException: message`. */
function errorIn(line: string, chained: boolean): string | undefined {
  const text = line.slice(0, 2000);
  const cause =
    /^\s*(?:Caused by: |Suppressed: |\[cause\]: |\[errors\]: |-+> |Exception in thread "[^"]*" |Unhandled exception\. |Uncaught |PHP Fatal error:\s+Uncaught |panic: |fatal error: )(.+)$/.exec(
      text,
    );
  if (cause) return /^\s*panic: |^\s*fatal error: /.test(text) ? text.trim() : cause[1];
  const match =
    /(?:^|[\s>|\]):-])((?:[A-Za-z_$][\w$]*(?:[.\\/]|::))*(?:[A-Z_$][\w$]*)?(?:Error|Exception|Interrupt|Exit|Fault|Warning|Failure|Throwable|Timeout|NotFound|DoesNotExist)(?: \[\w+\])?(?::.*)?)$/.exec(
      text,
    );
  if (match?.[1]) return match[1];
  // The last line of a traceback of Python: a type of any name.
  return chained && /^[A-Za-z_][\w.]*(?:: .*)?$/.test(text) && !/^\s/.test(text) ? text : undefined;
}

/** The type of the error that a headline names. */
function typeOf(headline: string): string | undefined {
  if (headline.startsWith('panic: ')) return 'panic';
  if (headline.startsWith('fatal error: ')) return 'fatal error';
  const match = /^([A-Za-z_$][\w$.\\/]*(?:::[\w$]+)*)(?: \[\w+\])?(?::|$)/.exec(headline);
  return match?.[1];
}

/** `/app/x.rb:3:in 'pay': no money (Shop::PaymentError)` */
function rubyHeadline(line: string): string | undefined {
  const open = line.lastIndexOf(' (');
  const message = line.indexOf("': ");
  if (
    open < 0 ||
    message < 0 ||
    message + 3 > open ||
    !/^[\w:]+\)/.test(line.slice(open + 2)) ||
    !line.includes(':in ')
  )
    return undefined;
  return `${line.slice(open + 2, line.indexOf(')', open))}: ${line.slice(message + 3, open)}`;
}

/** `panic: …` some lines above Go's first frame. */
function panicOf(lines: string[], at: number): string | undefined {
  for (let above = at - 1; above >= Math.max(0, at - 6); above -= 1) {
    const found = /(?:^|\s)(?:panic|fatal error): .*$/.exec((lines[above] as string).slice(0, 2000));
    if (found) return found[0].trim().replace(/ \[recovered\]$/, '');
  }
  return undefined;
}

/**
 * `thread 'main' (8435) panicked at src/main.rs:2:5:` with the message below, or of older compilers
 * `thread 'main' panicked at 'message', src/main.rs:2:5`.
 */
function rustPanic(line: string, next: string | undefined): { headline: string; frame?: ParsedFrame } | undefined {
  const at = line.indexOf(' panicked at ');
  const thread = line.indexOf("thread '");
  if (at < 0 || thread < 0 || thread > at) return undefined;
  const rest = line.slice(at + 13, at + 1013);
  const quoted = /^'(.*)', (\S+)$/.exec(rest);
  const place = /^(\S+?):(\d+):\d+:?$/.exec(quoted?.[2] ?? rest);
  const headline = `panic: ${quoted?.[1] ?? next?.trim() ?? rest}`;
  if (!place) return { headline };
  const file = place[1] as string;
  return { headline, frame: { text: `at ${file}:${place[2]}`, name: '', file, line: Number(place[2]), lines: 1 } };
}

/** A frame's name without what a compiler, a loader or a proxy numbers; without a name, that of its file. */
function steadyName({ name, file }: ParsedFrame): string {
  if (name === '' || name === '<anonymous>') {
    const base = (file ?? '').replace(/^.*[/\\]/, '').replace(/\?.*$/, '');
    return base.replace(/([.-])[\da-zA-Z_]*\d[\da-zA-Z_]{4,}(?=\.)/, '$1');
  }
  return (
    name
      // Modules and class loaders of Java: `java.base/java.util.List`, `app//shop.Main`.
      .replace(/^(?:[\w.-]+@[\w.-]+|java\.\w+|jdk\.\w+|app)\/{1,2}/, '')
      .replace(/\$\$Lambda[$/.\w]*/g, '$$$$Lambda')
      .replace(/(lambda\$[\w$]*?)\$?\d+$/, '$1')
      .replace(/\$\$(?:EnhancerBy|FastClassBy|SpringCGLIB)\w*(?:\$\$\w+)?/g, '$$$$Enhanced')
      .replace(/(Proxy|Accessor|_closure|ByteBuddy\$)\d+\w*/g, '$1')
      .replace(/(<\w*>[a-z]__)\d+(?:_\d+)?/g, '$1')
      .replace(/\.func\d+(?:\.\d+)*/g, '.func')
      .replace(/::h[\da-f]{16}$/, '')
      .replace(/\{closure#\d+\}/g, '{closure}')
      .replace(/\{\{closure\}\}/g, '{closure}')
      .replace(/@0x[\da-f]+|0x[\da-f]{4,}/g, '')
      .replace(/\/[\da-f]{8,}/g, '')
  );
}

function masked(headline: string): string {
  return headline
    .slice(0, LONGEST_HEADLINE)
    .replace(/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b|\b0x[\da-f]+\b/gi, '<*>')
    .replace(/(?<![A-Za-z_])\d+(?:\.\d+)*/g, '<*>');
}
