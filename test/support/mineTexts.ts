import { createShapeTable } from '../../server/logs/templates/createShapeTable.ts';
import { createTemplateMiner } from '../../server/logs/templates/createTemplateMiner.ts';
import { markedTypes } from '../../server/logs/templates/shapeText.ts';
import type { Template } from '../../server/logs/templates/template.ts';

/** The canonical text of a message, with `<number>` and the like for its markers. */
export function shapeOf(message: string | Uint8Array): string {
  const bytes = typeof message === 'string' ? Buffer.from(message) : message;
  const table = createShapeTable();
  table.add(bytes, 0, bytes.length);
  return Array.from(table.texts()[0] ?? '')
    .map((character) => {
      const marker = character.charCodeAt(0) - 0x0e;
      return marker < 0 || marker > 11 ? character : `<${markedTypes[marker] ?? 'rest'}>`;
    })
    .join('');
}

/** Mines messages as one log, in tables of `cut` messages; answers the template of each message. */
export function templatesOf(messages: readonly string[], cut: number = Number.POSITIVE_INFINITY): Template[] {
  const miner = createTemplateMiner();
  const shapes: number[] = [];
  for (let from = 0; from < messages.length; from += cut) {
    const table = createShapeTable();
    const own: number[] = [];
    const counts: number[] = [];
    for (const message of messages.slice(from, from + cut)) {
      const bytes = Buffer.from(message);
      const shape = table.add(bytes, 0, bytes.length);
      own.push(shape);
      counts[shape] = (counts[shape] ?? 0) + 1;
    }
    const numbers = table.texts().map((text, shape) => miner.admit(text, counts[shape] ?? 0));
    shapes.push(...own.map((shape) => numbers[shape] ?? 0));
  }
  const byId = new Map(miner.templates().map((template) => [template.id, template]));
  return shapes.map((shape) => byId.get(miner.templateOf(shape)) as Template);
}

/** The different template texts of messages, in order of their first message. */
export function textsOf(messages: readonly string[]): string[] {
  return [...new Set(templatesOf(messages).map(({ text }) => text))];
}
