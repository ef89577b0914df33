import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Connection, createNetwork, type Resolution } from '../../server/systems/network/network.ts';
import { createProcesses } from '../../server/systems/process/processes.ts';
import { freePort } from '../support/freePort.ts';
import { productRoot } from '../support/locations.ts';
import { requireSystem } from '../support/requireSystem.ts';

const network = createNetwork();
const processes = createProcesses();
const signal = new AbortController().signal;
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
});

/** Starts a Node program and waits for its first line. */
async function startNode(script: string, args: string[] = [], cwd = '/'): Promise<{ pid: number; line: string }> {
  const child = spawn(process.execPath, ['-e', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd,
    env: { ...process.env, TEKTRA_TEST_NAME: 'hidden-value' },
  });
  children.push(child);
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (text) => resolve(String(text).trim())),
  );
  return { pid: child.pid ?? 0, line };
}

const linux = requireSystem('linux');

describe.skipIf(!linux.available)('listeners and processes', () => {
  it('name the process that holds a port', async () => {
    const port = await freePort();
    const script = 'require("net").createServer().listen(+process.argv[1],"127.0.0.1",()=>console.log("up"))';
    const { pid } = await startNode(script, [String(port), 'a word'], os.tmpdir());
    const listener = (await network.listeners(signal)).find((each) => each.port === port);
    expect(listener).toEqual({ address: '127.0.0.1', port, pid, uid: process.getuid?.(), source: '/proc/net/tcp' });
    const facts = (await processes.list(signal)).find((each) => each.pid === pid);
    expect(facts).toMatchObject({ pid, ppid: process.pid, cwd: os.tmpdir(), uid: process.getuid?.() });
    expect(facts?.argv.slice(-2)).toEqual([String(port), 'a word']);
    expect(facts?.rssBytes).toBeGreaterThan(10_000_000);
    expect(Math.abs((facts?.startedAt?.getTime() ?? 0) - Date.now())).toBeLessThan(30_000);
    const names = await processes.environmentNames(pid, signal);
    expect(names?.has('TEKTRA_TEST_NAME')).toBe(true);
    expect(JSON.stringify([...(names ?? [])])).not.toContain('hidden-value');
  });

  it('count forked workers once, under their parent', async () => {
    const port = await freePort();
    const { pid } = await startNode(
      `const s=require("net").createServer().listen(+process.argv[1],"::1",()=>{
        for(let i=0;i<3;i++)require("child_process").spawn("sleep",["60"],{stdio:[s._handle.fd,"ignore","ignore"]});
        setTimeout(()=>console.log("up"),200)})
       process.on("exit",()=>{})`,
      [String(port)],
    );
    const sleepers = (await processes.list(signal)).filter((each) => each.ppid === pid);
    try {
      expect(sleepers).toHaveLength(3);
      const found = (await network.listeners(signal)).filter((each) => each.port === port);
      expect(found).toEqual([expect.objectContaining({ address: '::1', port, pid, source: '/proc/net/tcp6' })]);
    } finally {
      for (const sleeper of sleepers) process.kill(sleeper.pid, 'SIGKILL');
    }
  });

  it('see zombies and ended processes as what they are', async () => {
    const script =
      'const c=require("child_process").spawn("true");process.stdout.write(c.pid+"\\n");process.kill(process.pid,"SIGSTOP")';
    const { line } = await startNode(script);
    const zombie = Number(line);
    await expect.poll(async () => (await processes.list(signal)).find((each) => each.pid === zombie)?.state).toBe('Z');
    expect(processes.exists(zombie)).toBe(true);
    expect(processes.exists(process.pid)).toBe(true);
    expect(processes.exists(2 ** 22 + 5)).toBe(false);
    expect(processes.exists(0)).toBe(false);
    expect(await processes.environmentNames(2 ** 22 + 5, signal)).toBeUndefined();
  });

  it('are scanned in little time with 200 processes', async () => {
    for (let i = 0; i < 130; i++) children.push(spawn('sleep', ['100'], { stdio: 'ignore' }));
    await processes.list(signal);
    await network.listeners(signal);
    const times: number[] = [];
    for (let i = 0; i < 9; i++) {
      const started = performance.now();
      await Promise.all([processes.list(signal), network.listeners(signal)]);
      times.push(performance.now() - started);
    }
    // Some 30 ms on an idle machine; the limit only catches a change of order.
    expect(times.sort((a, b) => a - b)[4]).toBeLessThan(300);
  });
});

describe('connect', () => {
  it('is accepted, refused, or stopped', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const options = { timeoutMs: 1000, signal };
    const { port } = server.address() as AddressInfo;
    expect(await network.connect('127.0.0.1', port, options)).toMatchObject({ kind: 'accepted', address: '127.0.0.1' });
    server.close();
    expect(await network.connect('127.0.0.1', await freePort(), options)).toMatchObject({ kind: 'refused' });
    expect(await network.connect('127.0.0.1', 0, options)).toMatchObject({ kind: 'unreachable' });
    const cancelled = AbortSignal.abort(new Error('stop'));
    await expect(network.connect('127.0.0.1', port, { timeoutMs: 10, signal: cancelled })).rejects.toThrow('stop');
  });

  it.skipIf(!linux.available)('gives up on a peer that does not answer', async () => {
    // A full backlog: the kernel drops further connection requests.
    const script = `const net=require("net");const s=net.createServer().listen({port:0,host:"127.0.0.1",backlog:1},()=>{
      const {port}=s.address();for(let i=0;i<8;i++)net.connect(port,"127.0.0.1").on("error",()=>{});
      require("fs").writeSync(1,port+"\\n");process.kill(process.pid,"SIGSTOP")})`;
    const { line } = await startNode(script);
    for (let i = 0; i < 8; i++) await network.connect('127.0.0.1', Number(line), { timeoutMs: 50, signal });
    const started = performance.now();
    const answer = await network.connect('127.0.0.1', Number(line), { timeoutMs: 300, signal });
    expect(performance.now() - started).toBeLessThan(600);
    expect(answer).toMatchObject({ kind: 'timedOut' });
  });
});

describe('resolve', () => {
  const options = { timeoutMs: 2000, signal };
  it('knows addresses and localhost without asking', async () => {
    expect(await network.resolve('127.0.0.1', options)).toMatchObject({ kind: 'resolved', addresses: ['127.0.0.1'] });
    expect(await network.resolve('[::1]', options)).toMatchObject({ kind: 'resolved', addresses: ['::1'] });
    expect(await network.resolve('LOCALHOST', options)).toMatchObject({ kind: 'resolved' });
    expect(await network.resolve(os.hostname(), options)).toMatchObject({ kind: 'resolved' });
  });

  it('does not know what must not exist, or what is no name', async () => {
    expect(await network.resolve('db.example.invalid', options)).toMatchObject({ kind: 'notFound' });
    for (const name of ['-h', '--help', 'a b', 'a;b', '$(id)', 'a..b', '', 'x'.repeat(300)]) {
      expect(await network.resolve(name, options)).toMatchObject({
        kind: 'notFound',
        because: expect.stringContaining('valid'),
      });
    }
  });
});

/** Runs one call of the network observer in a program that `launcher` starts, and returns its answer. */
async function callApart<T>(launcher: string[], call: string, folder: string): Promise<T> {
  const script = path.join(folder, 'call.ts');
  const module = path.join(productRoot, 'server/systems/network/network.ts');
  await writeFile(
    script,
    `import { createNetwork } from ${JSON.stringify(module)};
     const signal = new AbortController().signal;
     console.log(JSON.stringify(await createNetwork().${call}));`,
  );
  const [file = '', ...args] = launcher;
  const child = spawn(file, [...args, process.execPath, script], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let output = '';
  child.stdout.on('data', (text) => {
    output += String(text);
  });
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(output) as T;
}

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tektra-network-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Resolves a name in a mount namespace whose resolv.conf names one server; both getent and c-ares then ask that one. */
function resolveWith(nameserver: string, host: string, timeoutMs: number): Promise<Resolution> {
  return withFolder(async (folder) => {
    await writeFile(path.join(folder, 'resolv.conf'), `nameserver ${nameserver}\n`);
    const mounted = 'mount --bind "$1" "$(readlink -f /etc/resolv.conf)" && shift && exec "$@"';
    const launcher = ['unshare', '-m', 'sh', '-c', mounted, 'sh', path.join(folder, 'resolv.conf')];
    return callApart(launcher, `resolve(${JSON.stringify(host)}, { timeoutMs: ${timeoutMs}, signal })`, folder);
  });
}

const mount = requireSystem('mount');
describe.skipIf(!linux.available || !mount.available)('connect without a network', () => {
  it('is unreachable', async () => {
    const call = "connect('10.1.2.3', 80, { timeoutMs: 1000, signal })";
    const answer = await withFolder((folder) => callApart<Connection>(['unshare', '-n'], call, folder));
    expect(answer).toMatchObject({ kind: 'unreachable', because: expect.stringContaining('ENETUNREACH') });
  });
});

describe.skipIf(!linux.available || !mount.available)('resolve with a DNS server that', () => {
  /** Answers every question with a response code; undefined: not at all. */
  async function withServer<T>(address: string, code: number | undefined, work: () => Promise<T>): Promise<T> {
    const server = createSocket('udp4');
    server.on('message', (question, from) => {
      if (code === undefined) return;
      const answer = Buffer.from(question);
      answer[2] = 0x81;
      answer[3] = 0x80 | code;
      answer.fill(0, 6, 12);
      // Only the question goes back: whatever followed it is counted by the zeroed header fields.
      const nameEnd = answer.indexOf(0, 12);
      server.send(answer.subarray(0, nameEnd + 5), from.port, from.address);
    });
    await new Promise<void>((resolve) => server.bind(53, address, resolve));
    try {
      return await work();
    } finally {
      server.close();
    }
  }

  it('says that there is no such name', async () => {
    const answer = await withServer('127.0.0.71', 3, () => resolveWith('127.0.0.71', 'shop.example.com', 3000));
    expect(answer).toMatchObject({ kind: 'notFound' });
  });

  it('fails', async () => {
    const answer = await withServer('127.0.0.72', 2, () => resolveWith('127.0.0.72', 'shop.example.com', 3000));
    expect(answer).toMatchObject({ kind: 'noAnswer' });
  });

  it('says nothing', async () => {
    const answer = await withServer('127.0.0.73', undefined, () => resolveWith('127.0.0.73', 'shop.example.com', 800));
    expect(answer).toMatchObject({ kind: 'noAnswer' });
    expect(answer.durationMs).toBeLessThan(1500);
  });

  it('is not there', async () => {
    expect(await resolveWith('127.0.0.74', 'shop.example.com', 3000)).toMatchObject({ kind: 'noAnswer' });
    // A container's name that leaked out of its network: DNS could not know it either.
    expect(await resolveWith('127.0.0.74', 'db', 3000)).toMatchObject({ kind: 'notFound' });
  });

  it('may be any of these, and no getent is left behind', () => {
    const left = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => /^getent ahosts/.test(line));
    expect(left).toEqual([]);
  });
});
