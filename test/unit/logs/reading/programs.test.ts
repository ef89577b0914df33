import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSource } from '../../../../server/logs/reading/openSource.ts';
import type { OpenedSource } from '../../../../server/logs/reading/plainLog.ts';
import type { LogSource } from '../../../../server/protocol/logs.ts';
import { textsOf, untilComplete } from '../../../support/drainSource.ts';

let folder: string;
let controller: AbortController;
const pathBefore = process.env.PATH;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tektra-programs-'));
  mkdirSync(path.join(folder, 'bin'));
  controller = new AbortController();
  process.env.PATH = `${path.join(folder, 'bin')}${path.delimiter}/usr/bin${path.delimiter}/bin`;
});

afterEach(() => {
  controller.abort();
  process.env.PATH = pathBefore;
  rmSync(folder, { recursive: true, force: true });
});

/** A stand-in that notes its arguments and its pid and then does what the shell script says. */
function standIn(name: string, script: string): void {
  const file = path.join(folder, 'bin', name);
  writeFileSync(file, `#!/bin/sh\necho $$ > ${folder}/${name}.pid\necho "$@" > ${folder}/${name}.argv\n${script}\n`);
  chmodSync(file, 0o755);
}

const argvOf = (name: string): string => readFileSync(path.join(folder, `${name}.argv`), 'utf8').trim();

function open(source: LogSource, follow = false): Promise<OpenedSource> {
  return openSource(source, { signal: controller.signal, follow, spoolFolder: folder });
}

async function isGone(name: string): Promise<void> {
  const pid = Number(readFileSync(path.join(folder, `${name}.pid`), 'utf8'));
  await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), { timeout: 10_000 });
}

const logsOf = (source: OpenedSource): [string, string][] => {
  const texts = textsOf(source);
  return source.logs.map(({ name }, at) => [name, texts[at] ?? '']);
};

const at = (second: number): string => `2026-11-24T10:00:0${second}.123456789Z`;

describe('a container', { timeout: 30_000 }, () => {
  it('gives both its outputs, each as a log', async () => {
    standIn('docker', `echo "${at(1)} out"; echo "${at(2)} err" >&2; printf '${at(3)} no feed'`);
    const source = await open({ kind: 'container', name: 'web' });
    await untilComplete(source);
    expect(argvOf('docker')).toBe('logs --timestamps web');
    // Which of its outputs comes first is up to the engine.
    expect(new Map(logsOf(source))).toEqual(
      new Map([
        ['web', `${at(1)} out\n${at(3)} no feed`],
        ['web (stderr)', `${at(2)} err\n`],
      ]),
    );
    source.dispose();
  });

  it('that does not exist is refused in the words of the engine, with the next step', async () => {
    standIn('docker', 'echo "Error response from daemon: No such container: web" >&2; exit 1');
    standIn('podman', 'echo "Error: no container with name or ID web found" >&2; exit 125');
    await expect(open({ kind: 'container', name: 'web' })).rejects.toMatchObject({
      code: 'log.unreadable',
      message: 'web cannot be read as a log: docker says: Error response from daemon: No such container: web',
      action: 'See docker ps --all for what there is.',
    });
  });

  it('of podman is found where docker is not, or does not know it', async () => {
    standIn('docker', 'echo "Error response from daemon: No such container: web" >&2; exit 1');
    standIn('podman', `echo "${at(1)} out"`);
    const source = await open({ kind: 'container', name: 'web' });
    expect(textsOf(source)).toEqual([`${at(1)} out\n`]);
    source.dispose();
  });

  it('without an engine is refused', async () => {
    process.env.PATH = path.join(folder, 'bin');
    await expect(open({ kind: 'container', name: 'web' })).rejects.toThrow('neither docker nor podman is installed');
  });

  it('with a name that would be an option is refused', async () => {
    await expect(open({ kind: 'container', name: '--help' })).rejects.toMatchObject({ code: 'log.unreadable' });
  });

  it('that fails after its first bytes keeps them, and says why it ended', async () => {
    standIn('docker', `echo "${at(1)} out"; sleep 0.2; echo "connection lost" >&2; exit 1`);
    const source = await open({ kind: 'container', name: 'web' });
    await untilComplete(source);
    expect(textsOf(source)).toEqual([`${at(1)} out\n`]);
    expect(source.logs[0]?.notices).toEqual(['connection lost', 'docker ended with 1']);
    source.dispose();
  });

  it('is followed until it is closed, and its program ends with that', async () => {
    standIn('docker', `echo "${at(1)} one"; sleep 0.3; echo "${at(2)} two"; exec sleep 600`);
    const source = await open({ kind: 'container', name: 'web' }, true);
    expect(argvOf('docker')).toBe('logs --timestamps --follow web');
    await vi.waitFor(() => expect(textsOf(source)).toEqual([`${at(1)} one\n${at(2)} two\n`]), { timeout: 5_000 });
    expect(source.logs[0]?.complete).toBe(false);
    source.dispose();
    await isGone('docker');
  });

  it('that is silent is opened after a while when it is followed', async () => {
    standIn('docker', 'exec sleep 600');
    const source = await open({ kind: 'container', name: 'web' }, true);
    expect(logsOf(source)).toEqual([['web', '']]);
    source.dispose();
    await isGone('docker');
  });

  it('is given up when the signal aborts while it is opened', async () => {
    standIn('docker', 'exec sleep 600');
    setTimeout(() => controller.abort(new Error('enough')), 300);
    await expect(open({ kind: 'container', name: 'web' })).rejects.toThrow('enough');
    await isGone('docker');
  });

  it('takes its program along when the process that reads it is killed', async () => {
    standIn('docker', `echo "${at(1)} one"; exec sleep 600`);
    const script = `
      import { openSource } from ${JSON.stringify(path.resolve('server/logs/reading/openSource.ts'))};
      const options = { signal: new AbortController().signal, follow: true, spoolFolder: ${JSON.stringify(folder)} };
      await openSource({ kind: 'container', name: 'web' }, options);
      console.log('open');
      setInterval(() => {}, 1000);
    `;
    const reader = spawn(process.execPath, ['--no-warnings', '--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(reader.stdout, 'data');
    reader.kill('SIGKILL');
    await isGone('docker');
  });
});

describe('a pod', { timeout: 30_000 }, () => {
  it('gives the log of each container, without the prefix', async () => {
    standIn(
      'kubectl',
      `echo "[pod/api-1/app] ${at(1)} a"; echo "[pod/api-1/proxy] ${at(2)} b"; echo "[pod/api-1/app] ${at(3)} [c]"`,
    );
    const source = await open({ kind: 'pod', name: 'api-1', namespace: 'shop' });
    await untilComplete(source);
    expect(argvOf('kubectl')).toBe(
      'logs api-1 --timestamps --namespace=shop --all-containers --prefix --max-log-requests=50',
    );
    expect(logsOf(source)).toEqual([
      ['api-1/app', `${at(1)} a\n${at(3)} [c]\n`],
      ['api-1/proxy', `${at(2)} b\n`],
    ]);
    source.dispose();
  });

  it('gives the log of the container that is named', async () => {
    standIn('kubectl', `echo "${at(1)} [pod/x/y] a"`);
    const source = await open({ kind: 'pod', name: 'api-1', container: 'app' }, true);
    expect(argvOf('kubectl')).toBe('logs api-1 --timestamps --container=app --follow');
    expect(logsOf(source)).toEqual([['api-1/app', `${at(1)} [pod/x/y] a\n`]]);
    source.dispose();
  });

  it('that cannot be read is refused in the words of kubectl', async () => {
    standIn('kubectl', `echo 'Error from server (NotFound): pods "api-1" not found' >&2; exit 1`);
    await expect(open({ kind: 'pod', name: 'api-1' })).rejects.toMatchObject({
      message: 'api-1 cannot be read as a log: kubectl says: Error from server (NotFound): pods "api-1" not found',
      action: 'See kubectl get pods --all-namespaces for what there is.',
    });
  });
});

describe('the journal', { timeout: 30_000 }, () => {
  it('is read as JSON, of one unit or of all', async () => {
    standIn(
      'journalctl',
      `echo '{"MESSAGE":"a","PRIORITY":"3","SYSLOG_IDENTIFIER":"sshd","__REALTIME_TIMESTAMP":"1795000000000000"}'`,
    );
    const source = await open({ kind: 'journal', unit: 'ssh.service' });
    await untilComplete(source);
    expect(argvOf('journalctl')).toBe('--output=json --all --no-pager --quiet --unit=ssh.service');
    expect(logsOf(source)).toEqual([
      [
        'journal of ssh.service',
        '{"MESSAGE":"a","PRIORITY":"3","SYSLOG_IDENTIFIER":"sshd","__REALTIME_TIMESTAMP":"1795000000000000"}\n',
      ],
    ]);
    source.dispose();
  });
});

describe('standard input', { timeout: 60_000 }, () => {
  it.each(['cat FILE | ', 'gzip -c FILE | ', 'exec < FILE; '])('is read to its end: %s', async (way) => {
    const file = path.join(folder, 'in.log');
    writeFileSync(file, 'one\ntwo\n');
    const script = `
      import { readSync } from 'node:fs';
      import { openSource } from ${JSON.stringify(path.resolve('server/logs/reading/openSource.ts'))};
      const options = { signal: new AbortController().signal, follow: false, spoolFolder: ${JSON.stringify(folder)} };
      const source = await openSource({ kind: 'stdin' }, options);
      while (!source.logs[0].complete) await new Promise((resolve) => setTimeout(resolve, 5));
      const bytes = Buffer.alloc(100);
      console.log(JSON.stringify(bytes.toString('utf8', 0, readSync(source.logs[0].descriptor, bytes, 0, 100, 0))));
      source.dispose();
    `;
    writeFileSync(path.join(folder, 'read.mts'), script);
    const command = `${way.replace('FILE', file)}${process.execPath} --no-warnings ${path.join(folder, 'read.mts')}`;
    expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe('"one\\ntwo\\n"\n');
  });
});
