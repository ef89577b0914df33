import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseDotenv } from '../../../server/systems/files/parseDotenv.ts';

const values = (text: string): Record<string, string> =>
  Object.fromEntries(parseDotenv(text).entries.map(({ name, value }) => [name, value]));
const problems = (text: string): string[] =>
  parseDotenv(text).problems.map(({ code, line, fatal, name }) => `${line} ${code}${fatal ? '!' : ''} ${name ?? '-'}`);

describe('parseDotenv', () => {
  it('reads what dotenv and Node read', () => {
    const text = [
      '# comment',
      'PLAIN=value',
      'EMPTY=',
      'export EXPORTED=yes',
      'COMMENTED=value # comment',
      "SINGLE='a # b'",
      'DOUBLE="line\\nbreak"',
      'TICKS=`it\'s "both"`',
      'MULTI="first',
      'second" # comment',
      'EQUALS=a=b=c',
      '',
    ].join('\n');
    expect(values(text)).toEqual(parseEnv(text));
    expect(problems(text)).toEqual([]);
    expect(parseDotenv(text).entries.map(({ name, line }) => [name, line])).toContainEqual(['EQUALS', 11]);
  });

  it('notes a byte order mark and CR LF, which dotenv copes with', () => {
    const text = '\uFEFFA=1\r\nB="two"\r\n';
    expect(values(text)).toEqual({ A: '1', B: 'two' });
    expect(problems(text)).toEqual(['1 byte-order-mark -', '1 carriage-return -']);
  });

  it('names the exact line of each kind of damage', () => {
    expect(problems('A=1\nJUST_TEXT\nB=2')).toEqual(['2 no-equals! -']);
    expect(problems('A=1\n\nB="open\nC=3')).toEqual(['3 unterminated-quote! B']);
    expect(problems('A="open\nB="ok"')).toEqual(['1 unterminated-quote! A']);
    expect(problems('A="x" y')).toEqual(['1 text-after-quote! A']);
    expect(problems('A=\u201Cx\u201D')).toEqual(['1 smart-quote! A']);
    expect(problems('MY VAR=1')).toEqual(['1 invalid-name! -']);
    expect(problems('1A=1')).toEqual(['1 invalid-name 1A']);
    expect(problems('A = 1')).toEqual(['1 space-around-equals A']);
    expect(problems('A: 1')).toEqual(['1 no-equals A']);
    expect(problems('\uFFFD\uFFFDA\0=\0')).toEqual(['1 not-text! -']);
  });

  it('keeps reading after an unterminated quote', () => {
    expect(values('A="open\nB=2\nC=3')).toEqual({ A: '"open', B: '2', C: '3' });
  });

  it('reports a duplicate only when the value differs, and the later value is last', () => {
    expect(problems('A=1\nA=1')).toEqual([]);
    expect(problems('A=1\nB=2\nA=3')).toEqual(['3 duplicate A']);
    expect(values('A=1\nA=3')).toEqual({ A: '3' });
  });

  it('puts no value into a message', () => {
    const text = 'A="s3cret\nB="s3cret" s3cret\nC=\u201Cs3cret\u201D\ns3cret\ns3cret x=1\nD=1\nD=s3cret';
    const told = parseDotenv(text).problems;
    expect(told.length).toBeGreaterThan(4);
    expect(JSON.stringify(told)).not.toContain('s3cret');
  });

  it('stays linear on hostile files', () => {
    const started = performance.now();
    parseDotenv('A="x\n'.repeat(50_000));
    parseDotenv(`A='${'\n"'.repeat(100_000)}`);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
