/**
 * Words with which programs announce that they give up, in lines that carry no level: `console.error('Missing API_KEY')`,
 * `log.Fatal`, a shell's complaint. Read only at the end of the log of a service that does not run.
 */
const FAILS =
  /\b(?:errors?|fail(?:ed|ure|s)?|fatal|cannot|can't|can ?not|could not|couldn't|unable to|missing|required|must (?:be|have)|not (?:set|found|defined|exist|configured|installed|permitted|allowed|available|valid|supported)|no (?:such|module|space|route|file)|denied|refused|in use|invalid|unknown|unsupported|unexpected|expected|exception|panic(?:ked)?|abort(?:ed|ing)?|undefined|unbound|unset|does not exist|doesn't exist|timed? ?out|killed|segmentation fault|bad|illegal|incorrect|malformed|corrupt(?:ed)?|rejected|unreachable|is empty|giving up)\b/i;
/** Names of system errors: ENOENT, ECONNREFUSED. */
const SYSTEM_ERROR = /\bE[A-Z]{4,}\b/;
/** Counters and reports of success that hold such a word. */
const HARMLESS =
  /\b(?:errors?|fail(?:ed|ures?|s)?|exceptions?|timeouts?)\s*[=:]\s*(?:0|false|none|null)\b|\b(?:no|0|zero|without(?: any)?) (?:errors?|failures?|warnings?|exceptions?|problems?|issues?)\b|\b(?:recovered|succeeded|successful(?:ly)?|resolved)\b/i;

export function soundsLikeFailure(text: string): boolean {
  return (FAILS.test(text) || SYSTEM_ERROR.test(text)) && !HARMLESS.test(text);
}
