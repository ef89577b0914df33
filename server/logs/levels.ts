import { logLevels } from '../protocol/logLevels.ts';

/** The word for a level; its code is its place in `logLevels`, where 0 stands for a record that tells none. Higher is more severe. */
export type LevelName = Exclude<(typeof logLevels)[number], 'none'>;

export const NONE = 0;
export const TRACE = 1;
export const DEBUG = 2;
export const INFO = 3;
export const NOTICE = 4;
export const WARN = 5;
export const ERROR = 6;
export const FATAL = 7;

/** @param code 0–7 */
export function levelName(code: number): LevelName | undefined {
  return code === NONE ? undefined : (logLevels[code] as LevelName | undefined);
}

export function levelCode(name: LevelName): number {
  return logLevels.indexOf(name);
}
