import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decidesStart } from '../../client/editor/decidesStart.ts';
import { evidenceFile } from '../../client/panels/troubleshooting/evidenceFile.ts';
import { commandText } from '../../client/panels/troubleshooting/previewText.ts';
import { troubleshootingState } from '../../client/panels/troubleshooting/troubleshootingState.ts';
import { webviewHtml } from '../../client/panels/webviewHtml.ts';
import { applyEdits } from '../../server/protocol/applyEdits.ts';
import { TroubleshootingState } from '../../server/protocol/troubleshooting.ts';
import { manyChecks } from '../support/manyChecks.ts';
import { portTaken, troubleshootingStates } from '../support/troubleshootingStates.ts';

describe('the preview of a fix', () => {
  const edit = (line: number, before: string, after: string) =>
    ({ kind: 'edit', file: '.env', line, before, after }) as const;

  it('replaces, inserts and removes lines, whatever the order of the edits', () => {
    const edits = [edit(1, '', 'A=1'), edit(2, 'PORT=1', 'PORT=2\nHOST=x'), edit(3, 'OLD=1', '')];
    expect(applyEdits('X=1\nPORT=1\nOLD=1\n', edits)).toBe('A=1\nX=1\nPORT=2\nHOST=x\n');
    expect(applyEdits('X=1\nPORT=1\nOLD=1\n', edits.toReversed())).toBe('A=1\nX=1\nPORT=2\nHOST=x\n');
  });

  it('keeps CRLF', () => {
    expect(applyEdits('A=1\r\nB=2\r\n', [edit(2, 'B=2', 'B=3')])).toBe('A=1\r\nB=3\r\n');
    expect(applyEdits('A=1\nB=2\r\nC=3', [edit(2, 'B=2', 'B=4')])).toBe('A=1\nB=4\r\nC=3');
    expect(applyEdits('A=1', [edit(1, 'A=1', 'A=2')])).toBe('A=2');
    expect(applyEdits('A=1', [edit(2, '', 'B=2')])).toBe('A=1\nB=2\n');
    expect(applyEdits('A=1\nB=2\n', [edit(2, 'B=2', '')])).toBe('A=1\n');
  });

  it('appends behind the last line', () => {
    expect(applyEdits('A=1\n', [edit(2, '', 'B=2')])).toBe('A=1\nB=2\n');
  });

  it('refuses a file that changed since the diagnosis', () => {
    expect(applyEdits('PORT=9\n', [edit(1, 'PORT=1', 'PORT=2')])).toBeUndefined();
    expect(applyEdits('PORT=9\n', [edit(7, '', 'PORT=2')])).toBeUndefined();
  });

  it('shows the exact arguments of a command', () => {
    const text = commandText(portTaken, {
      title: 'Stop it',
      risk: 'execute',
      changes: [{ kind: 'command', argv: ['kill', '-TERM', '1 2;rm'] }],
      undo: false,
      verify: 'It is gone.',
    });
    expect(text).toContain('["kill","-TERM","1 2;rm"]');
    expect(text).toContain('Nothing was run.');
  });
});

describe('the file behind a piece of evidence', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'tektra-evidence-'));
    mkdirSync(path.join(root, 'shop'));
    writeFileSync(path.join(root, 'secret'), 'x');
    writeFileSync(path.join(root, 'shop/.env'), 'PORT=1');
    symlinkSync(path.join(root, 'secret'), path.join(root, 'shop/link'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is opened inside the folder only', async () => {
    const shop = path.join(root, 'shop');
    expect(await evidenceFile(shop, '.env:1')).toEqual({ file: path.join(shop, '.env'), line: 1 });
    expect(await evidenceFile(shop, '../secret:1')).toBeUndefined();
    expect(await evidenceFile(shop, 'link:1')).toBeUndefined();
    expect(await evidenceFile(shop, 'gone:1')).toBeUndefined();
  });
});

describe('the state of the view', () => {
  const folders = [
    { path: '/a', name: 'a' },
    { path: '/b', name: 'b' },
  ];
  const of = (folder: string) => (folder === '/b' ? { report: troubleshootingStates.broken.report } : {});
  const input = { backend: { phase: 'running' } as const, trusted: true, folders, unsupported: [], of };

  it('shows the folder with a problem, unless the user chose another', () => {
    expect(troubleshootingState({ ...input, chosen: undefined }).selected).toBe('/b');
    expect(troubleshootingState({ ...input, chosen: '/a' }).selected).toBe('/a');
    expect(troubleshootingState({ ...input, chosen: '/closed' }).selected).toBe('/b');
  });

  it('is what the protocol says, also with nothing open', () => {
    const running = { background: true, done: 1, total: 2, label: 'ports', checks: manyChecks };
    const live = { ...input, chosen: '/a', guide: true, of: () => ({ running }) };
    const empty = { ...input, folders: [], unsupported: ['remote'], chosen: undefined };
    for (const state of [
      troubleshootingState({ ...input, chosen: '/b' }),
      troubleshootingState(live),
      troubleshootingState(empty),
    ]) {
      expect(TroubleshootingState.strict().parse(state)).toEqual(state);
    }
  });
});

describe('the page of a webview', () => {
  const html = webviewHtml({
    title: 'T',
    cspSource: 'https://x',
    scriptUri: 's.js',
    styleUri: 's.css',
    nonce: 'n1',
    styleNonce: 'n2',
  });

  it('allows nothing but our script and style sheet', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    expect(policy).toBe("default-src 'none'; script-src 'nonce-n1'; style-src https://x 'nonce-n2'");
    expect(html).not.toContain('unsafe');
  });

  it('has no inline script, style or handler', () => {
    expect(html.match(/<script[^>]*>/g)).toEqual(['<script type="module" nonce="n1" src="s.js">']);
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
  });
});

describe('a save that may change the verdict', () => {
  it.each([
    '/w/.env',
    '/w/.env.local',
    '/w/a/compose.yaml',
    '/w/docker-compose.dev.yml',
    '/w/package.json',
    '/w/Procfile',
  ])('%s', (file) => expect(decidesStart(file)).toBe(true));
  it.each(['/w/src/index.js', '/w/README.md', '/w/node_modules/x/package.json', '/w/environment'])('not %s', (file) =>
    expect(decidesStart(file)).toBe(false),
  );
});
