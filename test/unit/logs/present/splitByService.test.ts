import { expect, it } from 'vitest';
import { splitByService } from '../../../../server/logs/present/splitByService.ts';

const lines = [
  '18:04:00 system    | web.1 started',
  '18:04:01 web.1     | up',
  '18:04:01 mailer.1  | Error: boom',
  '18:04:01 web.1     | GET / 200',
  '18:04:01 mailer.1  |     at f (/m.js:1:1)',
];

it('takes a common log apart and keeps the line numbers of the file', () => {
  const parts = splitByService(lines, 11, (name) => (name === 'web' || name === 'mailer' ? name : undefined));
  const mailer = parts?.find(({ service }) => service === 'mailer');
  expect(mailer?.records).toMatchObject([
    { line: 13, endLine: 15, headline: 13, crash: true, text: 'Error: boom\n    at f (/m.js:1:1)' },
  ]);
  expect(parts?.find(({ service }) => service === 'web')?.records.map(({ line }) => line)).toEqual([12, 14]);
});

it('leaves a log alone that names no service of the workspace', () => {
  expect(splitByService(lines, 1, () => undefined)).toBeUndefined();
});
