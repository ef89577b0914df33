import { parseRecords } from './parseRecords.ts';
import type { LogRecord } from './record.ts';
import { stripTransport } from './transport.ts';

/** The records of one service out of a log that holds several: `docker compose logs`, foreman, a common journal. */
export interface ServicePart {
  service: string;
  /** `line`, `endLine` and `headline` are those of the common file. */
  records: LogRecord[];
}

/**
 * Takes a common log apart; undefined when it is not one.
 * @param nameOf the service that a collector's name stands for, undefined when it is none of the workspace
 */
export function splitByService(
  lines: readonly string[],
  firstLine: number,
  nameOf: (collected: string) => string | undefined,
): ServicePart[] | undefined {
  const groups = new Map<string, { lines: string[]; numbers: number[] }>();
  let named = 0;
  lines.forEach((line, index) => {
    const { service } = stripTransport(line);
    const name = service === undefined ? undefined : nameOf(service);
    if (name === undefined) return;
    named++;
    const group = groups.get(name) ?? { lines: [], numbers: [] };
    group.lines.push(line);
    group.numbers.push(firstLine + index);
    groups.set(name, group);
  });
  if (named === 0 || named * 3 < lines.length) return undefined;
  return [...groups].map(([service, group]) => {
    const numberOf = (line: number): number => group.numbers[line - 1] ?? firstLine;
    return {
      service,
      records: parseRecords(group.lines).map((record) => ({
        ...record,
        line: numberOf(record.line),
        endLine: numberOf(record.endLine),
        headline: numberOf(record.headline),
      })),
    };
  });
}
