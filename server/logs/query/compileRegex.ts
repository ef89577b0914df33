import { RE2JS, RE2JSException } from 're2js';
import { type Place, QueryError } from './queryError.ts';
import { regexLiterals } from './regexLiterals.ts';

/** Steps of a program, which each byte of a text may have to visit: what a person writes has some dozens. */
const MOST_STEPS = 2_000;
const LONGEST_PATTERN = 2_000;

/** A regular expression that takes time in proportion to the text, whatever either of them holds. */
export interface LinearRegex {
  /** Whether it matches somewhere; `^` and `$` are the ends of lines. */
  test(text: string): boolean;
  testBytes(utf8: Uint8Array): boolean;
  /** Each match contains one of these; undefined: not known. Only ASCII letters fold. */
  required?: readonly string[];
  /** A match is nothing but one of `required`: searching for them is enough. */
  isChoice: boolean;
  /** Whether case does not matter to the required texts. */
  ignoreCase: boolean;
}

/**
 * Compiles for RE2's engine: no backreferences and no lookaround, and time linear in the text.
 * @param place of the expression in the query, for the error
 * @throws QueryError when the pattern is wrong, or its counted repetitions make it too large
 */
export function compileRegex(pattern: string, ignoreCase: boolean, place: Place = { start: 0, end: 0 }): LinearRegex {
  if (pattern.length > LONGEST_PATTERN) throw tooLarge(`${pattern.length} characters`, place);
  const literals = regexLiterals(pattern);
  // Before it is compiled: writing out `(…{1000}){1000}` is what would take the time and the memory.
  if (literals.size > MOST_STEPS) throw tooLarge(`about ${literals.size} steps`, place);
  const compiled = compile(pattern, ignoreCase, place);
  if (compiled.programSize() > 2 * MOST_STEPS) throw tooLarge(`${compiled.programSize()} steps`, place);
  // What `test` calls for bytes, once it has found out by their class's name that they are bytes.
  const engine = compiled.re2();
  return {
    test: (text) => compiled.test(text),
    testBytes: (utf8) => engine.matchUTF8(utf8),
    ...(literals.required ? { required: literals.required } : {}),
    isChoice: literals.isChoice && !literals.ignoreCase,
    ignoreCase: ignoreCase || literals.ignoreCase,
  };
}

function compile(pattern: string, ignoreCase: boolean, place: Place): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.MULTILINE | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0));
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const reason = error.message.replace(/^error parsing regexp: /, '').replace(/\(\?[im]{1,2}\)+/g, '');
    throw new QueryError(`The regular expression is not valid: ${reason}`, place, adviceFor(pattern));
  }
}

function adviceFor(pattern: string): string | undefined {
  if (/\(\?<?[=!]/.test(pattern)) return 'Leave out (?=…), (?!…) and (?<…): combine two expressions with AND and NOT.';
  if (/\\[1-9]/.test(pattern)) return 'Leave out backreferences: they cannot be matched in linear time.';
  return 'Put a \\ ahead of signs that mean themselves.';
}

function tooLarge(size: string, place: Place): QueryError {
  return new QueryError(
    `The regular expression is too large: ${size} of at most ${MOST_STEPS}`,
    place,
    'Make its counted repetitions, {n,m}, smaller.',
  );
}
