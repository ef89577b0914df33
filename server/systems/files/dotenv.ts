/** One assignment of an env file, as dotenv and `node --env-file` read it. */
export interface DotenvEntry {
  name: string;
  value: string;
  /** 1-based. */
  line: number;
  quoted: boolean;
}

/** What is wrong with a line. `code` tells tools apart; `message` is for a person and holds no value. */
export interface DotenvProblem {
  code:
    | 'no-equals'
    | 'invalid-name'
    | 'unterminated-quote'
    | 'space-around-equals'
    | 'duplicate'
    | 'smart-quote'
    | 'text-after-quote'
    | 'carriage-return'
    | 'byte-order-mark'
    | 'not-text';
  name: string | undefined;
  line: number;
  message: string;
  /** `true`: dotenv, `node --env-file` and compose agree that the line is lost or wrong. `false`: only some readers (a shell that sources the file, `docker run --env-file`) trip over it. */
  fatal: boolean;
}

export interface Dotenv {
  entries: DotenvEntry[];
  problems: DotenvProblem[];
}
