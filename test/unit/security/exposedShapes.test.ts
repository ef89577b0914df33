import { describe, expect, it } from 'vitest';
import { exposedSecretsIn, isRandom } from '../../../server/security/exposedShapes.ts';

const BODY = 'q7Lm2Zx9Vt4Rb6Kd8Ws1Pf3Hn5Yc8Tj2Gq6Xv1Mz9Bk4Ld7S';

describe('secrets that can be nothing else', () => {
  it('tells them with their line and without their text', () => {
    const text = `a\nb ghp_${BODY.slice(0, 36)}\nc hf_${'QmLzVtRbKdWsPfHnYcTjGqXvMzBkLdSaEu'}\n`;
    expect(exposedSecretsIn(text)).toEqual([
      { kind: 'GitHub token', prefix: 'gh?_', line: 2 },
      { kind: 'Hugging Face token', prefix: 'hf_', line: 3 },
    ]);
  });

  it.each([
    `ghp_${BODY.slice(0, 35)}`,
    `ghp_${BODY.slice(0, 37)}`,
    `ghp_${'x'.repeat(36)}`,
    `ghp_${'abcdefghij'.repeat(4).slice(0, 36)}`,
    `sk_test_${BODY.slice(0, 32)}`,
    `pk_live_${BODY.slice(0, 32)}`,
    'AKIAIOSFODNN7EXAMPLE',
    `-----BEGIN PUBLIC KEY-----\n${BODY}${BODY}\n`,
    '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----',
    `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n${BODY}${BODY}\n`,
    `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDk\n`,
  ])('leaves %s alone', (text) => {
    expect(exposedSecretsIn(text)).toEqual([]);
  });

  it('takes time that grows with the text, whatever the text', () => {
    const hostile = ['-----BEGIN PRIVATE KEY-----\n', 'sk-', 'xoxb-1', 'ghp_', 'SG.'].map((part) =>
      part.repeat(40_000),
    );
    for (const text of hostile) expect(exposedSecretsIn(text)).toEqual([]);
    expect(exposedSecretsIn(`sk-${'a-'.repeat(100_000)}T3BlbkFJ`)).toEqual([]);
  });

  it('knows what a machine made', () => {
    expect(isRandom(BODY)).toBe(true);
    expect(isRandom('your-secret-goes-here-please')).toBe(false);
    expect(isRandom('aaaaabbbbbaaaaabbbbb')).toBe(false);
  });
});
