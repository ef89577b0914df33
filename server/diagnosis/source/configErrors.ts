import { CONFIG_FILE } from './configSyntax.ts';

/** What parsers of configuration say of text that they cannot read. */
const PARSE_ERROR =
  /is not valid JSON|JSON(?:Decode)?Error|(?:Unexpected|Expected|Bad|Unterminated|No number)[^\n]{0,200} (?:in )?JSON|Unexpected (?:token|end of JSON input|string|number)|Expecting (?:property name|value|',' delimiter|':' delimiter)|EJSONPARSE|JsonParseException|invalid character .{1,12} (?:looking for|after|in literal)|YAML(?:Exception|ParseError|Error|Load)|yaml\.(?:scanner|parser|reader|constructor|composer)\.|(?:mapping values are not allowed|could not find expected|did not find expected|found character|bad indentation|found undefined alias|duplicated? (?:mapping )?key)|Psych::SyntaxError|\byaml: |TOML(?:DecodeError|Error)|\btoml\b[^\n]{0,80}(?:error|expected|invalid)|TOML parse error|configparser\.\w{1,40}Error|MissingSectionHeaderError|DuplicateOptionError|SAXParseException|XMLSyntaxError|ElementTree\.ParseError|mismatched tag|not well-formed|XML parsing|Malformed \\u|(?:cannot|could not|failed to|unable to|error) (?:parse|pars(?:e|ing)|read|load(?:ing)?|decode|unmarshal)[^\n]{0,80}(?:config|settings|\.(?:json|ya?ml|toml|ini|cfg|properties|xml)\b)/i;
/** Words about a value that parsed, but may not be. */
const DOMAIN_ERROR =
  /\b(?:must be|should be|has to be|expected|not (?:a |an )?(?:valid|allowed|one of)|invalid|out of range|unknown|unsupported|unrecogni[sz]ed|not supported|illegal|not permitted|additional propert)/i;
const NAMED_FILE = /(?:[\w@.-]{0,80}\/){0,20}[\w@.-]{1,80}\.(?:json|ya?ml|toml|ini|cfg|properties|xml)\b/gi;
const PLACES: readonly RegExp[] = [
  // Python json, ElementTree, tomllib, PyYAML; js-yaml `(4:3)`; Go yaml; Java SAX
  /\bline:? ?(\d{1,7}),? (?:and )?column:? ?(\d{1,7})/i,
  /lineNumber: (\d{1,7}); columnNumber: (\d{1,7})/,
  /\((\d{1,7}):(\d{1,7})\)/,
  /\byaml: line (\d{1,7})()/,
  /\[line[: ]+(\d{1,7})\]()/,
];

/** The text of an error is read up to here; what it complains of it says early or at its end. */
const MAX_TEXT = 20_000;

/** Whether an error says that configuration could not be parsed. */
export function isParseError(text: string): boolean {
  return PARSE_ERROR.test(bounded(text));
}

/** Lines of an error that say that a value of a configuration file may not be what it is. */
export function domainComplaints(text: string): string[] {
  return bounded(text)
    .split('\n')
    .filter((line) => line.length < 2_000 && !/^\s+at /.test(line) && DOMAIN_ERROR.test(line));
}

/** Configuration files that a text names, as written there. */
export function configFilesIn(text: string): string[] {
  const found = [...bounded(text).matchAll(NAMED_FILE)].map(([path]) => path).filter((path) => CONFIG_FILE.test(path));
  return [...new Set(found)].slice(0, 20);
}

/** Where the program's own parser stopped, when it says so. */
export function placeIn(text: string): { line: number; column: number | undefined } | undefined {
  for (const pattern of PLACES) {
    const match = pattern.exec(bounded(text));
    if (match) return { line: Number(match[1]), column: match[2] ? Number(match[2]) : undefined };
  }
  return undefined;
}

function bounded(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT / 2)}\n${text.slice(-MAX_TEXT / 2)}`;
}
