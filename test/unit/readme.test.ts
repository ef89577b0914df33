import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../client/manifest/commands.ts';
import { allCauses } from '../../server/diagnosis/causes.ts';
import { productRoot } from '../support/locations.ts';

const readme = readFileSync(path.join(productRoot, 'README.md'), 'utf8');

/** The text below a heading of the second level, up to the next. */
function section(title: string): string {
  const text = readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (text === undefined) throw new Error(`the README has no section "${title}"`);
  return text;
}

describe('the README', () => {
  it('lists exactly the causes that Tektra knows', () => {
    const table =
      section('What it observes')
        .match(/^\|.*\|$/gm)
        ?.join('\n') ?? '';
    const listed = [...table.matchAll(/`([a-z-]+\.[a-z-]+)`/g)].map(([, id]) => id);
    expect(listed.sort()).toEqual(allCauses.map(({ id }) => id).sort());
  });

  it('names scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(productRoot, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const text = readme + readFileSync(path.join(productRoot, 'CONTRIBUTING.md'), 'utf8');
    const named = [...text.matchAll(/npm run ([a-z:]+)|npm (start|test)\b/g)].map(([, run, own]) => run ?? own ?? '');
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('names palette commands that exist', () => {
    const titles = new Set<string>(commands.map(({ title }) => title));
    const palette = /\*\*Command palette\*\*: \*Tektra: (.+)\*\.$/m.exec(section('In the editor'))?.[1] ?? '';
    const named = palette.split('*, *');
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((title) => !titles.has(title))).toEqual([]);
  });

  it('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, file]) => file ?? '');
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((file) => !existsSync(path.join(productRoot, file)))).toEqual([]);
  });
});
