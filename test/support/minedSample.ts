import { indexText } from './indexText.ts';
import { writeLog } from './injectLog.ts';
import type { SampleLog } from './sampleLogs.ts';

/** A sample with the templates that the product mines in it: what it calls one kind of message is what troubles are put into. */
export async function minedSample({ name, records }: SampleLog): Promise<SampleLog> {
  const index = await indexText(writeLog(records));
  try {
    const texts = new Map(index.templates().map(({ id, text }) => [id, text]));
    const named = records.map((record, number) => {
      const chunk = index.chunk(index.chunkOf(number));
      const shape = chunk.shapes[number - chunk.first] ?? 0;
      return { ...record, template: texts.get(index.templateOf(shape)) ?? record.text };
    });
    return { name, records: named };
  } finally {
    index.dispose();
  }
}
