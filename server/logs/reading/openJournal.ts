import { openProgram } from './openProgram.ts';
import type { OpenedSource } from './plainLog.ts';
import type { ReadingOptions } from './spoolSet.ts';

/**
 * The journal of this machine, oldest first, as JSON with all fields: one line is one record whatever it holds, which the
 * export format is not.
 * @throws TektraError log.unreadable
 */
export function openJournal(source: { unit?: string | undefined }, options: ReadingOptions): Promise<OpenedSource> {
  const name = source.unit === undefined ? 'journal' : `journal of ${source.unit}`;
  return openProgram(
    [
      {
        name,
        argv: [
          'journalctl',
          '--output=json',
          '--all',
          '--no-pager',
          '--quiet',
          ...(source.unit === undefined ? [] : [`--unit=${source.unit}`]),
          ...(options.follow ? ['--follow', '--no-tail'] : []),
        ],
        nextStep: (complaint) =>
          /permission|not seeing messages/i.test(complaint)
            ? 'Join the group systemd-journal, or run as root.'
            : 'Run journalctl in a terminal to see what it lacks.',
      },
    ],
    { name, because: 'journalctl is not installed', action: 'Open a log file, or use a machine with systemd.' },
    options,
  );
}
