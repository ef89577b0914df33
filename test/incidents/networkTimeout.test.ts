import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANSWERING_PEER, CALLER, SILENT_PEER } from '../support/callingService.ts';
import { freePort } from '../support/freePort.ts';
import { holdNft, holdWay, ownAddress } from '../support/holdWay.ts';
import { installPackages, manifest, PATIENT_SERVICE, START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const nft = requireSystem('nft');

describe('network.timeout', () => {
  let scenario: Scenario;
  let port: number;
  let peerPort: number;
  let address: string;
  beforeEach(async () => {
    scenario = await createScenario();
    [port, peerPort] = await Promise.all([freePort(), freePort()]);
    address = '127.0.0.1';
  });
  afterEach(() => scenario.dispose());

  const write = async (variables = ''): Promise<void> =>
    scenario.write({
      'package.json': manifest('checkout', []),
      'app.js': CALLER,
      '.env': `PORT=${port}\nPEER_URL=http://${address}:${peerPort}\n${variables}`,
    });
  const startService = async (): Promise<void> => {
    await scenario.start(START, { log: 'logs/checkout.log' });
    await untilListening(port);
  };
  const startPeer = async (program: string): Promise<{ stop(): Promise<void> }> => {
    const peer = await scenario.start(['node', '-e', program], {
      cwd: scenario.outside,
      env: { PORT: String(peerPort), ADDRESS: address },
    });
    if (address === '127.0.0.1') await untilListening(peerPort);
    return peer;
  };

  it('is the root when a peer takes the connection and never answers', async () => {
    await write();
    await startPeer(SILENT_PEER);
    await startService();
    expect(await statusOf(port)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.timeout peer'] });
    const [finding] = report.findings;
    expect(finding?.summary).toMatch(/takes the connections of checkout and never answers: silent for \d\.\d s/);
    expect(finding?.evidence.map(({ source }) => source)).toEqual(
      expect.arrayContaining(['.env:2', `http://127.0.0.1:${peerPort}/`, `tcp://127.0.0.1:${peerPort}`]),
    );
  });

  describe.skipIf(!nft.available)('behind a way that swallows everything', () => {
    /** A namespace with an address of its own, in which everything that comes is dropped: nothing of it is seen from here. */
    const blackHole = (): void => {
      const name = `tkt${process.pid % 10_000}${Math.floor(Math.random() * 1000)}`;
      const net = `10.${100 + Math.floor(Math.random() * 100)}.${Math.floor(Math.random() * 250)}`;
      address = `${net}.2`;
      holdWay(
        scenario,
        [
          ['ip', 'netns', 'add', name],
          ['ip', 'link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name],
          ['ip', 'addr', 'add', `${net}.1/30`, 'dev', `${name}a`],
          ['ip', 'link', 'set', `${name}a`, 'up'],
          ['ip', '-n', name, 'addr', 'add', `${net}.2/30`, 'dev', 'eth0'],
          ['ip', '-n', name, 'link', 'set', 'eth0', 'up'],
          ['ip', 'netns', 'exec', name, 'nft', 'add table inet t'],
          [
            'ip',
            'netns',
            'exec',
            name,
            'nft',
            'add chain inet t i { type filter hook input priority 0; policy accept; }',
          ],
          ['ip', 'netns', 'exec', name, 'nft', 'add rule inet t i meta l4proto tcp drop'],
        ],
        ['ip', 'netns', 'del', name],
      );
    };

    it.each([
      ['the error names the address', 'NAMES=1\n'],
      ['the error names nothing', ''],
    ])('is the root, with the way to the peer, when %s', async (_, variables) => {
      blackHole();
      holdNft(scenario, 'output', [`ip daddr ${address} tcp dport ${peerPort + 1} drop`]);
      await write(variables);
      await startService();
      expect(await statusOf(port)).toBe(502);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['network.timeout peer'] });
      expect(report.findings[0]?.confidence).toBe('proved');
      expect(report.findings[0]?.summary).toMatch(
        new RegExp(
          `^peer at ${address}:${peerPort} does not answer the connections of checkout: neither accepted nor refused within 1\\.\\d s$`,
        ),
      );
      expect(report.findings[0]?.evidence.map(({ source }) => source)).toContain(`ip route get ${address}`);
      expect(ruledOutIn(report)).toContain('network.firewall-blocked peer');
      expect(ruledOutIn(report)).not.toContain('network.refused peer');
    });

    it('is not said of a database: database.unreachable is, in bounded time', async () => {
      blackHole();
      await installPackages(scenario);
      await scenario.write({
        'package.json': manifest('orders'),
        'app.js': PATIENT_SERVICE,
        '.env': `PORT=${port}\nDATABASE_URL=postgres://orders:pale-Falcon-77@${address}:5432/orders\n`,
      });
      await scenario.start(START, { log: 'logs/orders.log' });
      await untilListening(port);
      expect(await statusOf(port)).toBe(503);
      const report = await scenario.diagnose();
      expectSound(report, { roots: ['database.unreachable postgres'], secrets: ['pale-Falcon-77'] });
      expect(report.durationMs).toBeLessThan(20_000);
    });
  });

  it.skipIf(!nft.available)('says it when no way leads to the peer', async () => {
    address = `198.51.100.${1 + Math.floor(Math.random() * 250)}`;
    const route = ['route', 'add', 'unreachable', `${address}/32`] as const;
    holdWay(scenario, [['ip', ...route]], ['ip', 'route', 'del', 'unreachable', `${address}/32`]);
    await write();
    await startService();
    expect(await statusOf(port)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.timeout peer'] });
    expect(report.findings[0]?.summary).toBe(
      `checkout cannot reach peer at ${address}:${peerPort}: a route of this machine declares it unreachable`,
    );
    expect(report.findings[0]?.advice.first).toContain('route');
  });

  it('misleading: timeouts stand in the log, but the peer is not there at all', async () => {
    await write('NAMES=1\n');
    const peer = await startPeer(SILENT_PEER);
    await startService();
    expect(await statusOf(port)).toBe(502);
    await peer.stop();
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.refused peer'] });
  });

  it('misleading: older timeouts name a peer that answers now', async () => {
    await write('NAMES=1\n');
    await startPeer(SILENT_PEER).then(async (peer) => {
      await startService();
      expect(await statusOf(port)).toBe(502);
      await peer.stop();
    });
    await startPeer(ANSWERING_PEER);
    for (let call = 0; call < 5; call++) expect(await statusOf(port)).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report)).toContain('network.timeout peer');
  });

  it('healthy look-alike: a peer that nobody misses cannot be reached, and lines speak of timeouts', async () => {
    await write();
    await startPeer(ANSWERING_PEER);
    await scenario.write({
      '.env': `PORT=${port}\nPEER_URL=http://127.0.0.1:${peerPort}\nOTEL_EXPORTER_OTLP_ENDPOINT=http://${ownAddress()}:4318\nREQUEST_TIMEOUT_URL=http://127.0.0.1:${peerPort}\n`,
    });
    await startService();
    expect(await statusOf(port)).toBe(200);
    await scenario.run(
      ['node', '-e', `console.log(new Date().toISOString() + ' INFO  timeout of 1000 ms, retries after ETIMEDOUT: 3')`],
      { log: 'logs/checkout.log' },
    );
    expectSound(await scenario.diagnose(), { roots: [] });
  });

  it.skipIf(!nft.available)('healthy look-alike: rules exist, and the peer answers', async () => {
    address = ownAddress();
    await write();
    await startPeer(ANSWERING_PEER);
    holdNft(scenario, 'output', [
      `ip daddr ${address} tcp dport ${peerPort === 9 ? 10 : 9} drop`,
      'tcp dport 1 reject',
    ]);
    await startService();
    expect(await statusOf(port)).toBe(200);
    expectSound(await scenario.diagnose(), { roots: [] });
  });
});
