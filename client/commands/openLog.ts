import type { LogOutputChannel } from 'vscode';

/** Shows Tektra's log. */
export function openLog(log: Pick<LogOutputChannel, 'show'>): void {
  log.show(true);
}
