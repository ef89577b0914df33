import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const roots = ['client', 'server', 'webviews', 'test'];
const sources = roots
  .flatMap((root) => readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) => path.join(root, file)))
  .filter((file) => /\.(?:ts|css)$/.test(file) && !file.includes('fixtures'));

describe('the files', () => {
  it('are found', () => expect(sources.length).toBeGreaterThan(60));

  it('have at most 400 lines each', () => {
    const long = sources.filter((file) => readFileSync(file, 'utf8').split('\n').length > 401);
    expect(long).toEqual([]);
  });

  it('are not called utils, helpers, common or types', () => {
    const vague = sources.filter((file) =>
      /(?:^|\/)(?:(?:utils?|helpers?|common|types)(?:\/|\.ts$)|index\.ts$)/i.test(file),
    );
    expect(vague).toEqual([]);
  });

  it('are named in camelCase', () => {
    const odd = sources.filter(
      (file) => !/^[a-z][a-zA-Z0-9]*(?:\.test|\.d|\.config)?\.(?:ts|css)$/.test(path.basename(file)),
    );
    // A cause's file is named after its cause, as the contract writes it.
    expect(odd.filter((file) => !file.includes('/causes/'))).toEqual([]);
  });
});
