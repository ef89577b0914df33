import type { WriteStream } from 'node:tty';

/** Colours and width of a terminal; plain when there is none, or when NO_COLOR or --no-color asks for it. */
export interface TerminalStyle {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  /** Columns to wrap at. */
  width: number;
}

export function terminalStyle(options: {
  color: boolean;
  stream: Pick<WriteStream, 'isTTY' | 'columns'>;
  environment: Readonly<Record<string, string | undefined>>;
}): TerminalStyle {
  const { environment, stream } = options;
  const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== '0';
  const colored =
    options.color &&
    (environment.NO_COLOR ?? '') === '' &&
    (forced || (stream.isTTY === true && environment.TERM !== 'dumb'));
  const paint = (code: number) => (text: string) => (colored ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    bold: paint(1),
    dim: paint(2),
    red: paint(31),
    green: paint(32),
    yellow: paint(33),
    cyan: paint(36),
    width: Math.min(Math.max(stream.columns ?? 100, 60), 120),
  };
}
