import { describe, expect, it } from 'vitest';
import { redactText } from '../../client/editor/redactText.ts';
import { supportBundle } from '../../client/editor/supportBundle.ts';
import { troubleshootingStates } from '../support/troubleshootingStates.ts';

const HOME = '/home/dev';

describe('redaction', () => {
  it.each([
    ['postgres://app:hunter2@db:5432/shop', 'hunter2'],
    ['DB_PASSWORD=hunter2', 'hunter2'],
    ['DB_PASSWORD="two words"', 'two words'],
    ['"apiKey": "abc123def"', 'abc123def'],
    ['{"nonce":"00ff00ff"}', '00ff00ff'],
    ['Authorization: Bearer abcdefgh12345678', 'abcdefgh12345678'],
    ['token ghp_abcdefghijklmnopqrstuvwxyz', 'ghp_abcdefghijklmnopqrstuvwxyz'],
    ['key AKIAABCDEFGHIJKLMNOP', 'AKIAABCDEFGHIJKLMNOP'],
    ['eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl', 'eyJzdWIiOiIx'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', 'MIIE'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE cut off', 'MIIE'],
  ])('%s', (text, secret) => {
    const redacted = redactText(text, HOME);
    expect(redacted).not.toContain(secret);
    expect(redacted).toContain('‹redacted');
  });

  it('leaves placeholders and plain text as they are', () => {
    const text = 'PASSWORD=‹redacted:PASSWORD› port 8000 is held by node (pid 4121)';
    expect(redactText(text, HOME)).toBe(text);
  });

  it('takes the home folder out', () => {
    expect(redactText('/home/dev/shop/.env', HOME)).toBe('~/shop/.env');
  });
});

describe('the support bundle', () => {
  const input = {
    createdAt: new Date('2026-05-01T10:00:00Z'),
    versions: { Tektra: '0.1.0' },
    changedSettings: ['tektra.diagnosis.extraLogs'],
    backend: { phase: 'failed', message: 'Out of memory' } as const,
    health: undefined,
    reports: [troubleshootingStates.broken.report],
    log: 'started\n```\nAPI_KEY=abcdef\n',
    home: HOME,
  };

  it('holds versions, settings, backend, diagnosis and log, without a backend', () => {
    const text = supportBundle(input);
    for (const part of ['Tektra: 0.1.0', 'extraLogs (changed)', 'Out of memory', 'port.conflict', 'started']) {
      expect(text).toContain(part);
    }
    expect(text).toContain('The backend did not answer.');
  });

  it('carries no secret and no home folder', () => {
    const text = supportBundle(input);
    expect(text).not.toContain('abcdef');
    expect(text).not.toContain('/home/dev');
  });

  it('fences a log so that its own backticks do not end it', () => {
    expect(supportBundle(input)).toContain('````text\nstarted\n```\n');
  });
});
