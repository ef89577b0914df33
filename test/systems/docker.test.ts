import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createContainerWatch } from '../../server/recovery/containerWatch.ts';
import { createDocker } from '../../server/systems/docker/docker.ts';
import { demultiplex } from '../../server/systems/docker/readLog.ts';
import type { ContainerDeath } from '../../server/systems/docker/watchDeaths.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { composeStack, docker, untilContainer } from '../support/startContainers.ts';

const engine = requireSystem('docker');
const signal = new AbortController().signal;

describe('a container engine that misbehaves', () => {
  let folder: string;
  let servers: Server[];
  let sockets: Set<Socket>;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tektra-engine-'));
    servers = [];
    sockets = new Set();
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const listen = async (onSocket: (socket: Socket) => void): Promise<string> => {
    const file = path.join(folder, `engine-${servers.length}.sock`);
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      onSocket(socket);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(file, resolve));
    return file;
  };
  const ask = (file: string, timeoutMs = 400) =>
    createDocker({ DOCKER_HOST: `unix://${file}`, HOME: folder }).containers({ timeoutMs, signal });

  it('takes the connection and says nothing: a bounded wait', async () => {
    const started = performance.now();
    expect(await ask(await listen(() => undefined))).toMatchObject({ kind: 'timedOut' });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('answers something else', async () => {
    const file = await listen((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n')));
    expect(await ask(file)).toMatchObject({ kind: 'unreachable' });
    const broken = await listen((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nnope')),
    );
    expect(await ask(broken)).toMatchObject({ kind: 'unreachable', because: expect.stringContaining('500') });
  });

  it('stalls in the middle of an answer', async () => {
    const file = await listen((socket) =>
      socket.once('data', () =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n[{"Id":'),
      ),
    );
    expect(await ask(file)).toMatchObject({ kind: 'timedOut' });
  });

  it('is not there, or is behind SSH', async () => {
    expect(await ask(path.join(folder, 'nothing.sock'))).toMatchObject({ kind: 'notInstalled' });
    const behind = createDocker({ DOCKER_HOST: 'ssh://me:secret@build.example', HOME: folder });
    const answer = await behind.containers({ timeoutMs: 500, signal });
    expect(answer).toMatchObject({ kind: 'unreachable' });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it.skipIf(!engine.available)(
    'dies midway: the real engine behind a proxy that is cut after its first answer',
    async () => {
      let answers = 0;
      const file = await listen((near) => {
        const far = connect('/var/run/docker.sock');
        sockets.add(far);
        far.on('error', () => near.destroy());
        near.on('data', (chunk) => far.write(chunk));
        near.on('close', () => far.destroy());
        far.on('data', (chunk) => {
          answers += 1;
          if (answers > 1) {
            near.destroy();
            far.destroy();
          } else near.write(chunk);
        });
      });
      const scenario = await createScenario();
      try {
        await (await composeStack(scenario)).add('api', { shell: 'sleep 100' });
        expect(await ask(file, 2_000)).toMatchObject({ kind: 'unreachable' });
      } finally {
        await scenario.dispose();
      }
    },
  );
});

describe.skipIf(!engine.available)('the container engine', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await createScenario();
  });
  afterEach(() => scenario.dispose());
  const system = createDocker({});

  it('tells a container as it is', async () => {
    const stack = await composeStack(scenario);
    const name = await stack.add('api', {
      options: [
        '--memory',
        '32m',
        '--env',
        'A=b=c',
        '--publish',
        '127.0.0.1:0:7000',
        '--user',
        '65534',
        '--volume',
        `${scenario.workspace}:/data:ro`,
      ],
      shell: 'exit 7',
    });
    await untilContainer(name, '{{.State.Status}}', (text) => text === 'exited');
    const answer = await system.containers({ timeoutMs: 3_000, signal });
    if (answer.kind !== 'ready') throw new Error(answer.because);
    expect(answer.value.list.find((each) => each.name === name)).toMatchObject({
      state: 'exited',
      exitCode: 7,
      oomKilled: false,
      memoryLimit: 32 << 20,
      user: '65534',
      environment: expect.arrayContaining([{ name: 'A', value: 'b=c' }]),
      mounts: [{ kind: 'bind', source: scenario.workspace, destination: '/data', writable: false }],
      compose: { project: stack.project, service: 'api', workingDir: scenario.workspace },
      networks: [{ name: `${stack.project}_default` }],
    });
  });

  it('reads output that is not UTF-8, from both streams, the end of it only', async () => {
    const stack = await composeStack(scenario);
    // The engine reads the two streams apart from each other: what is written at once may stand in its log in either order.
    const name = await stack.add('api', {
      shell:
        'i=0; while test $i -lt 50; do echo line $i; i=$((i+1)); done; printf "caf\\351 \\377\\n"; sleep 0.5; echo bad >&2; sleep 0.1',
    });
    await untilContainer(name, '{{.State.Status}}', (text) => text === 'exited');
    const id = await docker('inspect', '--format', '{{.Id}}', name);
    const answer = await system.log(id, { lines: 20, timeoutMs: 2_000, signal });
    if (answer.kind !== 'ready') throw new Error(answer.because);
    const lines = answer.value.trim().split('\n');
    expect(lines).toHaveLength(20);
    expect(lines.every((line) => /^\d{4}-\d\d-\d\dT\S+Z /.test(line))).toBe(true);
    expect(answer.value).toContain('line 49');
    expect(answer.value).toContain('bad');
    expect(answer.value).toContain('caf\uFFFD');
  });

  it('splits the frames of a stream, whole and cut off', () => {
    const frame = (stream: number, text: string): Buffer => {
      const header = Buffer.alloc(8);
      header[0] = stream;
      header.writeUInt32BE(Buffer.byteLength(text), 4);
      return Buffer.concat([header, Buffer.from(text)]);
    };
    expect(demultiplex(Buffer.concat([frame(1, 'a\n'), frame(2, 'b\n')])).toString()).toBe('a\nb\n');
    expect(demultiplex(frame(1, 'abc').subarray(0, 10)).toString()).toBe('ab');
    expect(demultiplex(Buffer.from('plain terminal text\n')).toString()).toBe('plain terminal text\n');
  });
});

describe.skipIf(!engine.available)('the watch over containers', () => {
  it('tells of a service that ended by itself, and not of one that was stopped or a job that finished', async () => {
    const scenario = await createScenario();
    const deaths: ContainerDeath[] = [];
    const watch = createContainerWatch(createDocker({}).watchDeaths);
    const subscription = watch.listen((death) => deaths.push(death));
    try {
      const stack = await composeStack(scenario);
      await stack.add('warm', { shell: 'exit 0' });
      await new Promise((resolve) => setTimeout(resolve, 500));
      await docker('stop', await stack.add('stopped', { shell: 'exec sleep 100' }));
      const failed = await stack.add('failed', { shell: 'exit 9' });
      for (let tries = 0; deaths.length === 0 && tries < 50; tries++)
        await new Promise((resolve) => setTimeout(resolve, 100));
      expect(deaths).toEqual([{ container: failed, service: 'failed', workingDir: scenario.workspace, exitCode: 9 }]);
    } finally {
      subscription.dispose();
      await scenario.dispose();
    }
  });
});
