/** Errors of values that could not be read as what they must be; group 1, where there is one, quotes the value. */
const VALUE_ERRORS: readonly RegExp[] = [
  // Python
  /invalid literal for int\(\) with base \d+: ['"](.*?)['"]/,
  /could not convert string to float: ['"](.*?)['"]/,
  /JSONDecodeError|Port could not be cast to integer/,
  // JVM, Go, Ruby, Rust
  /For input string: "(.*?)"/,
  /strconv\.\w+: parsing "(.*?)"/,
  /(?:invalid duration|in duration) "(.*?)"/,
  /invalid value for (?:Integer|Float)\(\): "(.*?)"/,
  /ParseIntError|ParseFloatError|ParseBoolError|invalid digit found in string/,
  // Node
  /options\.port should be >= 0 and < 65536\. Received (?:type \w+ \()?['"]?([^'")\n]*)/i,
  /ERR_SOCKET_BAD_PORT/,
  /Invalid URL|ERR_INVALID_URL|input: '(.*?)'/,
  /Unexpected (?:token|non-whitespace|identifier|number|string)[^\n]*(?:JSON|position \d+)|is not valid JSON|Unexpected end of JSON input|(?:Expected|Bad)[^\n]* in JSON at position/,
  // database clients
  /Could not parse (?:SQLAlchemy|rfc1738) URL|invalid (?:dsn|connection (?:string|URL|option))/i,
  // validators and programs in their own words
  /invalid (?:port|URL|url|URI|boolean|number|integer|duration|value)[^\n]*?['"]([^'"\n]*)['"]/i,
  /must be (?:a |an )?(?:valid )?(?:number|integer|int|numeric|boolean|url|uri|port|positive|json|one of|between)\b/i,
  /(?:not|isn't|is not) (?:a |an )?(?:valid )?(?:number|integer|boolean|url|uri|port|json|numeric|duration)\b/i,
  /Expected (?:number|integer|boolean|url)[^\n]*received (?:nan|string)/i,
  /Input should be a valid (?:integer|number|boolean|URL)|int_parsing|bool_parsing|url_parsing/,
  /invalid port number|lookup .*: invalid|\$'[^']*\\r'|\\r['"]/i,
];
/** Words of an error about the form of a value. */
const ABOUT_FORM =
  /\b(?:invalid|unknown|unsupported|unexpected|malformed|illegal|bad|pars(?:e|ing)|cannot convert|could not convert|unrecogni[sz]ed|out of range|not a(?:n)?\b|must be|should be|expected)/i;
/** Names of things that are looked up: such a value is well formed, whatever became of the look-up. */
const ABOUT_NAMES =
  /\b(?:databases?|users?|roles?|hosts?|tables?|relations?|columns?|passwords?|authentication|auth|credentials?|connect(?:ion)?|resolve|tokens?|signatures?|files?|director(?:y|ies)|modules?|commands?|options?|arguments?|permission|certificates?|queues?|topics?|buckets?)\b/i;
const QUOTED = /'([^'\n]{2,200})'|"([^"\n]{2,200})"|`([^`\n]{2,200})`/g;

/** What an error complains of. */
export interface ValueComplaint {
  /** The line that complains. */
  line: string;
  /** Values that it quotes. */
  quoted: string[];
}

/** The complaint about a value in the text of an error; undefined when it is about something else. */
export function valueComplaintIn(text: string): ValueComplaint | undefined {
  const lines = text.split('\n');
  for (const pattern of VALUE_ERRORS) {
    const match = pattern.exec(text);
    if (!match) continue;
    const line = lines.find((candidate) => pattern.test(candidate)) ?? match[0];
    const value = match.slice(1).find((group) => group !== undefined && group !== '');
    return { line, quoted: [...(value === undefined ? [] : [value]), ...quotedIn(line)] };
  }
  const line = lines.find(
    (candidate) => ABOUT_FORM.test(candidate) && !ABOUT_NAMES.test(candidate) && quotedIn(candidate).length > 0,
  );
  return line === undefined ? undefined : { line, quoted: quotedIn(line) };
}

function quotedIn(line: string): string[] {
  return [...line.matchAll(QUOTED)].map(([, single, double, back]) => single ?? double ?? back ?? '');
}

/** Whether an error quotes this value, as it is written or as it was read. */
export function isSameValue(value: string, quoted: string): boolean {
  const plain = (text: string): string =>
    text
      .replace(/\\[rnt]/g, '')
      .trim()
      .replace(/^["']|["']$/g, '')
      .trim();
  return plain(value) !== '' && plain(value) === plain(quoted);
}
