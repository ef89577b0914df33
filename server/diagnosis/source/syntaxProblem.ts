/** Where a file breaks the rules of its format. */
export interface SyntaxProblem {
  /** 1-based. */
  line: number;
  /** 1-based, in characters. */
  column: number;
  /** For a person: "expected ',' or '}'". */
  message: string;
}

export function problemAt(text: string, offset: number, message: string): SyntaxProblem {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n'), message };
}
