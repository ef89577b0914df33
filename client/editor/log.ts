/** Where the client writes what only its maintainers need; the editor's LogOutputChannel fits it. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
