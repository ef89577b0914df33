import { chmod, link, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyFix, expectFixVerifies, fingerprint, fixesOf } from '../support/applyFix.ts';
import { freePort } from '../support/freePort.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';

const never = new AbortController().signal;

describe('fixes of startup causes', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await createScenario();
  });
  afterEach(() => scenario.dispose());

  const findingOf = async (cause: string) => {
    const report = await scenario.diagnose();
    const finding = report.findings.find((each) => each.cause === cause);
    if (!finding) throw new Error(`${cause} was not found: ${JSON.stringify(report.findings, null, 1)}`);
    return finding;
  };

  const heldPort = async () => {
    const port = await freePort();
    await scenario.write({
      'package.json': '{ "name": "shop", "scripts": { "start": "node --env-file=.env server.js" } }\n',
      '.env': `# settings\r\nPORT=${port}\r\nNAME=shop`,
      'server.js': `require('node:http').createServer().listen(Number(process.env.PORT), '127.0.0.1', () => console.log('up'));\n`,
    });
    const holder = await scenario.start(
      ['node', '-e', `require('node:http').createServer().listen(${port}, '127.0.0.1')`],
      { cwd: scenario.outside },
    );
    await untilListening(port);
    await scenario.run(['node', '--env-file=.env', 'server.js'], { log: 'logs/shop.log' });
    return { port, holder };
  };

  it('port.conflict: moves the service, keeps every other byte, and takes it back', async () => {
    const { port } = await heldPort();
    await chmod(path.join(scenario.workspace, '.env'), 0o640);
    const finding = await findingOf('port.conflict');
    const fixes = await fixesOf(scenario);
    const before = await fingerprint(scenario.workspace);
    const { plan, applied } = await applyFix(fixes, scenario, finding);
    expect(plan.changes[0]?.change).toMatchObject({ kind: 'edit', file: '.env', before: `PORT=${port}` });
    expect(applied).toMatchObject({ outcome: { kind: 'verified' }, undo: true });
    const text = await readFile(path.join(scenario.workspace, '.env'), 'utf8');
    expect(text).toMatch(/^# settings\r\nPORT=\d+\r\nNAME=shop$/);
    expect(text).not.toContain(`PORT=${port}\r`);
    expect((await stat(path.join(scenario.workspace, '.env'))).mode & 0o777).toBe(0o640);
    // It starts on the new port, for real.
    await scenario.start(['node', '--env-file=.env', 'server.js'], { log: 'logs/shop.log' });
    await untilListening(Number(/PORT=(\d+)/.exec(text)?.[1]));
    expect((await fixes.list(scenario.workspace)).map(({ id }) => id)).toEqual([applied.id]);
    const undone = await fixes.undo(scenario.workspace, applied.id, never);
    expect(undone).toMatchObject({ outcome: { kind: 'undone' }, undo: false });
    expect(await fingerprint(scenario.workspace)).toEqual(before);
    await expect(fixes.undo(scenario.workspace, applied.id, never)).rejects.toMatchObject({ code: 'fix.unknown' });
  });

  it('port.conflict: stops the holder', async () => {
    await heldPort();
    const applied = await expectFixVerifies(scenario, await findingOf('port.conflict'), { fix: 1 });
    expect(applied.undo).toBe(false);
  });

  it('refuses changes that nobody agreed to, a plan twice, and a file that changed in between', async () => {
    const { port } = await heldPort();
    const { cause, target } = await findingOf('port.conflict');
    const fixes = await fixesOf(scenario);
    const request = { workspace: scenario.workspace, cause, target, fix: 0 };
    const before = await fingerprint(scenario.workspace);

    const plan = await fixes.get(request, never);
    const approved = plan.changes.map(({ digest }) => digest);
    for (const wrong of [[], ['x'], [...approved, ...approved]])
      await expect(fixes.run({ token: plan.token, approved: wrong }, { signal: never })).rejects.toMatchObject({
        code: 'fix.refused',
      });
    expect(await fingerprint(scenario.workspace)).toEqual(before);

    await writeFile(path.join(scenario.workspace, '.env'), `PORT=${port}\nOTHER=1\n`);
    await expect(fixes.run({ token: plan.token, approved }, { signal: never })).rejects.toMatchObject({
      code: 'fix.stale',
      message: expect.stringContaining('not what it was'),
    });
    expect(await fixes.list(scenario.workspace)).toEqual([]);
    expect(await readFile(path.join(scenario.workspace, '.env'), 'utf8')).toBe(`PORT=${port}\nOTHER=1\n`);
    await expect(fixes.run({ token: plan.token, approved }, { signal: never })).rejects.toMatchObject({
      code: 'fix.stale',
      message: expect.stringContaining('applied already'),
    });
    await expect(fixes.get({ ...request, fix: 9 }, never)).rejects.toMatchObject({ code: 'fix.unknown' });
    await expect(fixes.get({ ...request, cause: 'no.cause' }, never)).rejects.toMatchObject({
      code: 'finding.unknown',
    });
  });

  it('does not overwrite what a person changed after the fix', async () => {
    await heldPort();
    const finding = await findingOf('port.conflict');
    const fixes = await fixesOf(scenario);
    const { applied } = await applyFix(fixes, scenario, finding);
    const file = path.join(scenario.workspace, '.env');
    await writeFile(file, `${await readFile(file, 'utf8')}\nMINE=1\n`);
    await expect(fixes.undo(scenario.workspace, applied.id, never)).rejects.toMatchObject({ code: 'fix.stale' });
    expect(await readFile(file, 'utf8')).toContain('MINE=1');
  });

  it('says so when the finding is gone by now', async () => {
    const { holder } = await heldPort();
    const { cause, target } = await findingOf('port.conflict');
    await holder.stop();
    const fixes = await fixesOf(scenario);
    await expect(fixes.get({ workspace: scenario.workspace, cause, target, fix: 0 }, never)).rejects.toMatchObject({
      code: 'finding.unknown',
      message: expect.stringContaining('nothing else listens'),
    });
  });

  it('leaves a file alone that a link leads to outside of the folder, and keeps hard links', async () => {
    await heldPort();
    const file = path.join(scenario.workspace, '.env');
    const twin = path.join(scenario.outside, 'twin');
    await link(file, twin);
    const finding = await findingOf('port.conflict');
    const fixes = await fixesOf(scenario);
    const { applied } = await applyFix(fixes, scenario, finding);
    expect(applied.outcome.kind).toBe('verified');
    expect(await readFile(twin)).toEqual(await readFile(file));
    await fixes.undo(scenario.workspace, applied.id, never);

    const elsewhere = path.join(scenario.outside, 'settings');
    await writeFile(elsewhere, await readFile(file));
    await scenario.run(['rm', '.env']);
    await symlink(elsewhere, file);
    const again = await findingOf('port.conflict');
    if (again.fixes[0]?.changes[0]?.kind === 'edit')
      await expect(
        fixes.get({ workspace: scenario.workspace, cause: again.cause, target: again.target, fix: 0 }, never),
      ).rejects.toMatchObject({ code: 'fix.refused' });
  });

  const needsToken = {
    'package.json': '{ "name": "mailer", "scripts": { "start": "node --env-file=.env index.js" } }\n',
    'index.js': `const token = process.env.MAIL_TOKEN;
if (!token) throw new Error('MAIL_TOKEN is not set');
require('node:http').createServer().listen(0);
`,
  };

  it('env.missing: asks for the value, writes it, shows it to nobody', async () => {
    await scenario.write({ ...needsToken, '.env': 'OTHER=1\n' });
    await scenario.run(['node', '--env-file=.env', 'index.js'], { log: 'app.log' });
    const finding = await findingOf('env.missing');
    expect(finding.fixes[0]?.inputs).toMatchObject([{ name: 'MAIL_TOKEN', secret: true }]);
    const fixes = await fixesOf(scenario);
    const request = { workspace: scenario.workspace, cause: finding.cause, target: finding.target, fix: 0 };
    await expect(fixes.get(request, never)).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(fixes.get({ ...request, inputs: { MAIL_TOKEN: 'a\nB=1' } }, never)).rejects.toMatchObject({
      code: 'request.invalid',
    });
    const { plan, applied } = await applyFix(fixes, scenario, finding, { inputs: { MAIL_TOKEN: 'tk-918273645' } });
    expect(applied.outcome).toMatchObject({ kind: 'verified' });
    expect(JSON.stringify([plan, applied, await fixes.list(scenario.workspace)])).not.toContain('tk-918273645');
    expect(await readFile(path.join(scenario.workspace, '.env'), 'utf8')).toBe('OTHER=1\nMAIL_TOKEN=tk-918273645\n');
    await fixes.undo(scenario.workspace, applied.id, never);
    expect(await readFile(path.join(scenario.workspace, '.env'), 'utf8')).toBe('OTHER=1\n');
  });

  it('env.missing: creates the file where there is none, and removes it again', async () => {
    await scenario.write({
      ...needsToken,
      'package.json': '{ "name": "mailer", "scripts": { "start": "node index.js" } }\n',
    });
    await scenario.run(['node', 'index.js'], { log: 'app.log' });
    await expectFixVerifies(scenario, await findingOf('env.missing'), { inputs: { MAIL_TOKEN: 'abc123' } });
  });

  it('env.missing: fills an empty value, and corrects a misspelt name', async () => {
    await scenario.write({ ...needsToken, '.env': 'MAIL_TOKEN=\n' });
    await scenario.run(['node', '--env-file=.env', 'index.js'], { log: 'app.log' });
    await expectFixVerifies(scenario, await findingOf('env.missing'), { inputs: { MAIL_TOKEN: 'abc123' } });
    await scenario.write({ '.env': 'MAIL_TOKN=abc\n' });
    await scenario.run(['node', '--env-file=.env', 'index.js'], { log: 'app.log' });
    const renamed = await expectFixVerifies(scenario, await findingOf('env.missing'));
    expect(renamed.title).toContain('Rename MAIL_TOKN');
  });

  it('env.malformed: repairs the line', async () => {
    await scenario.write({
      'package.json': '{ "name": "web", "scripts": { "start": "node --env-file=.env index.js" } }\n',
      '.env': 'NAME=web\nAPI_BASE: http://127.0.0.1:9999\n',
      'index.js': `if (!process.env.API_BASE) throw new Error('API_BASE is not set');
require('node:http').createServer().listen(0);
`,
    });
    await scenario.run(['node', '--env-file=.env', 'index.js'], { log: 'app.log' });
    const finding = await findingOf('env.malformed');
    await expectFixVerifies(scenario, finding);
  });

  it('file.missing: copies the sample', async () => {
    await scenario.write({
      'package.json': '{ "name": "web", "scripts": { "start": "node index.js" } }\n',
      'config/settings.json.example': '{ "title": "web" }\n',
      'index.js': "const settings = JSON.parse(require('node:fs').readFileSync('config/settings.json', 'utf8'));\n",
    });
    await scenario.run(['node', 'index.js'], { log: 'app.log' });
    const applied = await expectFixVerifies(scenario, await findingOf('file.missing'));
    expect(applied.title).toContain('settings.json.example');
    expect(applied.undo).toBe(true);
  });

  it('file.missing: makes the folder, and removes it again', async () => {
    await scenario.write({
      'package.json': '{ "name": "web", "scripts": { "start": "node index.js" } }\n',
      'index.js': "require('node:fs').writeFileSync('var/data/pid', String(process.pid));\n",
    });
    await scenario.run(['node', 'index.js'], { log: 'app.log' });
    const applied = await expectFixVerifies(scenario, await findingOf('file.missing'));
    expect(applied.undo).toBe(true);
  });

  it('file.permission: grants what is needed and restores the mode', async () => {
    await scenario.write({
      'package.json': '{ "name": "web", "scripts": { "start": "node index.js" } }\n',
      'secret.json': '{}\n',
      'index.js': "require('node:fs').readFileSync('secret.json');\n",
    });
    await chmod(path.dirname(scenario.workspace), 0o755);
    await chmod(scenario.workspace, 0o755);
    await chmod(path.join(scenario.workspace, 'secret.json'), 0o600);
    await scenario.run(['node', 'index.js'], { log: 'app.log', uid: 65_534 });
    const applied = await expectFixVerifies(scenario, await findingOf('file.permission'));
    expect(applied.undo).toBe(true);
  });

  it('dependency.module-missing: installs what the manifest declares', async () => {
    await scenario.write({
      'package.json':
        '{ "name": "web", "version": "1.0.0", "dependencies": { "greeting": "file:./packages/greeting" }, "scripts": { "start": "node index.js" } }\n',
      'packages/greeting/package.json': '{ "name": "greeting", "version": "1.0.0", "main": "index.js" }\n',
      'packages/greeting/index.js': "module.exports = 'hello';\n",
      'index.js': "console.log(require('greeting'));\n",
    });
    await scenario.run(['node', 'index.js'], { log: 'app.log' });
    await expectFixVerifies(scenario, await findingOf('dependency.module-missing'));
    expect(await scenario.run(['node', 'index.js'], { log: 'app.log' })).toBe(0);
  });
});
