import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectFixVerifies } from '../support/applyFix.ts';
import { ANSWERING_PEER, CALLER } from '../support/callingService.ts';
import { freePort } from '../support/freePort.ts';
import { holdIptables, holdNft, ownAddress } from '../support/holdWay.ts';
import { NGINX_FOLDERS, nginxArgv, nginxConfig, passTo } from '../support/nginxService.ts';
import { installPackages, manifest, PATIENT_SERVICE, START, statusOf } from '../support/realServices.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario, type Scenario, untilListening } from '../support/scenario.ts';
import { expectSound, ruledOutIn } from '../support/soundReport.ts';

const nft = requireSystem('nft');
const iptables = requireSystem('iptables');
const nginx = requireSystem('nginx');
const SECRET = 'amber-Lantern-58';

describe.skipIf(!nft.available || !iptables.available)('network.firewall-blocked', () => {
  let scenario: Scenario;
  let port: number;
  let peerPort: number;
  let address: string;
  beforeEach(async () => {
    scenario = await createScenario();
    [port, peerPort] = await Promise.all([freePort(), freePort()]);
    address = ownAddress();
    await scenario.write({
      'package.json': manifest('checkout', []),
      'app.js': CALLER,
      '.env': `PORT=${port}\nPEER_URL=http://${address}:${peerPort}\n`,
    });
    await scenario.start(['node', '-e', ANSWERING_PEER], {
      cwd: scenario.outside,
      env: { PORT: String(peerPort), ADDRESS: address },
    });
    await untilListening(peerPort, 10_000, address);
    await scenario.start(START, { log: 'logs/checkout.log' });
    await untilListening(port);
    expect(await statusOf(port)).toBe(200);
  });
  afterEach(() => scenario.dispose());

  it('is the root of a timeout when nft drops what goes to the peer', async () => {
    holdNft(scenario, 'output', [`ip daddr ${address} tcp dport ${peerPort} counter drop`]);
    expect(await statusOf(port)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.firewall-blocked peer'] });
    const [finding, symptom] = report.findings;
    expect(finding?.confidence).toBe('proved');
    expect(finding?.summary).toMatch(
      new RegExp(
        `^The firewall drops what goes to peer at ${address}:${peerPort}: ip daddr ${address} tcp dport ${peerPort} drop # handle \\d+$`,
      ),
    );
    expect(finding?.evidence[0]?.source).toMatch(/^nft list chain inet tektra_test_\w+ way$/);
    expect(finding?.fixes).toEqual([]);
    expect(symptom?.cause).toBe('network.timeout');
  });

  it('is the root when iptables drops it, lets it pass on request, and takes that back', async () => {
    holdIptables(scenario, 'OUTPUT', '-d', address, '-p', 'tcp', '--dport', String(peerPort), '-j', 'DROP');
    expect(await statusOf(port)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.firewall-blocked peer'] });
    expect(report.findings[0]?.summary).toContain(
      `-A OUTPUT -d ${address}/32 -p tcp -m tcp --dport ${peerPort} -j DROP`,
    );
    expect(report.findings[0]?.evidence[0]?.text).toContain('table filter, chain OUTPUT, rule 1: ');
    const applied = await expectFixVerifies(scenario, report.findings[0]);
    expect(applied.undo).toBe(true);
    expect((await scenario.diagnose()).findings[0]?.cause).toBe('network.firewall-blocked');
  });

  it.each([
    ['refuses with a reset', 'reject with tcp reset', 'network.refused'],
    ['prohibits', 'reject with icmp type admin-prohibited', 'network.timeout'],
  ])('is the root when a rule at the peer’s end %s', async (_, verdict, symptom) => {
    holdNft(scenario, 'input', [
      'ct state established accept',
      `ip daddr ${address} tcp dport { 9, ${peerPort - 1}-${peerPort} } ${verdict}`,
    ]);
    expect(await statusOf(port)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.firewall-blocked peer'] });
    expect(report.findings[0]?.summary).toContain('The firewall rejects what goes to peer');
    expect(report.findings.map(({ cause }) => cause)).toContain(symptom);
  });

  it('is found when the rule stops the answers alone, and behind a jump', async () => {
    const chain = `TK${process.pid}${Math.floor(Math.random() * 1e4)}`;
    const { execFileSync } = await import('node:child_process');
    execFileSync('iptables', ['-w', '-N', chain]);
    scenario.onDispose(() => void execFileSync('iptables', ['-w', '-X', chain]));
    scenario.onDispose(() => void execFileSync('iptables', ['-w', '-F', chain]));
    execFileSync('iptables', [
      '-w',
      '-A',
      chain,
      '-s',
      address,
      '-p',
      'tcp',
      '-m',
      'multiport',
      '--sports',
      `7,${peerPort}`,
      '-j',
      'DROP',
    ]);
    holdIptables(scenario, 'INPUT', '-s', address, '-j', chain);
    expect(await statusOf(port)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.firewall-blocked peer'] });
    expect(report.findings[0]?.summary).toContain(`-A ${chain} `);
    expect(report.findings[0]?.fixes).toEqual([]);
  });

  it('explains a database that does not answer, and what follows from it', async () => {
    await installPackages(scenario);
    const second = await freePort();
    await scenario.write({
      'package.json': manifest('orders'),
      'app.js': PATIENT_SERVICE,
      '.env': `PORT=${second}\nDATABASE_URL=postgres://orders:${SECRET}@${address}:5432/orders\n`,
    });
    holdNft(scenario, 'output', [`ip daddr ${address} tcp dport 5432 drop`]);
    await scenario.start(START, { log: 'logs/orders.log' });
    await untilListening(second);
    expect(await statusOf(second)).toBe(503);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.firewall-blocked postgres'], secrets: [SECRET] });
    expect(report.findings.map(({ cause }) => cause)).toContain('database.unreachable');
  });

  it.skipIf(!nginx.available)('explains the 504 of a proxy whose upstream it hides', async () => {
    const front = await freePort();
    await scenario.write({
      ...NGINX_FOLDERS,
      'nginx.conf': nginxConfig(passTo(front, `${address}:${peerPort}`, '      proxy_connect_timeout 1s;\n')),
    });
    holdNft(scenario, 'output', [`ip daddr ${address} tcp dport ${peerPort} drop`]);
    await scenario.start(nginxArgv(scenario));
    await untilListening(front);
    expect(await statusOf(front)).toBe(504);
    const report = await scenario.diagnose();
    expect(report.findings[0]?.cause).toBe('network.firewall-blocked');
    const timeout = report.findings.find(({ cause }) => cause === 'proxy.timeout');
    expect(timeout?.summary).toBe(`nginx answers 504: nobody answers the connection to ${address}:${peerPort} at all`);
    expect(report.findings.some(({ explains }) => explains.includes(timeout?.id ?? ''))).toBe(true);
  });

  it('misleading: a rule drops another port, and the peer is refused for a plainer reason', async () => {
    const gone = await freePort();
    holdNft(scenario, 'output', [`ip daddr ${address} tcp dport ${peerPort} drop`]);
    const port2 = await freePort();
    await scenario.write({ '.env': `PORT=${port2}\nPEER_URL=http://${address}:${gone}\n` });
    await scenario.start(START, { log: 'logs/second.log' });
    await untilListening(port2);
    expect(await statusOf(port2)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.refused peer'] });
  });

  it('misleading: a drop stands behind a rule that accepts, or asks for what does not hold', async () => {
    holdNft(scenario, 'output', [
      `ip daddr ${address} tcp dport ${peerPort} accept`,
      `ip daddr ${address} drop`,
      `udp dport ${peerPort} drop`,
    ]);
    holdNft(scenario, 'input', ['ct state vmap { invalid : drop, established : accept, new : continue }']);
    // The peer is silent for another reason.
    holdNft(scenario, 'output', [`ip daddr ${address} tcp dport ${peerPort} limit rate over 1/day drop`]);
    await statusOf(port);
    expect(await statusOf(port)).toBe(502);
    const report = await scenario.diagnose();
    expectSound(report, { roots: ['network.timeout peer'] });
    expect(report.unknown.map(({ cause, because }) => `${cause} ${because}`).join()).toContain(
      'network.firewall-blocked a rule may stop the way',
    );
  });

  it('is unknown, with the reason, for a user who may not read the rules', async () => {
    holdNft(scenario, 'output', [`ip daddr ${address} tcp dport ${peerPort} drop`]);
    expect(await statusOf(port)).toBe(502);
    const { createSystems } = await import('../../server/composeSystems.ts');
    const { createDiagnosis } = await import('../../server/diagnosis/createDiagnosis.ts');
    const { systemClock } = await import('../../server/runtime/clock.ts');
    const systems = createSystems();
    const denied = {
      rules: async () => ({ kind: 'notPermitted' as const, because: 'only root may read the rules of the firewall' }),
    };
    const report = await createDiagnosis({
      systems: { ...systems, firewall: denied },
      environment: {},
      clock: systemClock,
    }).run({ workspace: scenario.workspace }, { signal: new AbortController().signal });
    expectSound(report, { roots: ['network.timeout peer'] });
    expect(report.unknown.find(({ cause }) => cause === 'network.firewall-blocked')).toMatchObject({
      target: 'peer',
      because: `only root may read the rules of the firewall, so whether one stops the way to ${address}:${peerPort} is not known`,
    });
  });

  it('healthy look-alike: rules drop and reject all around, and the peer answers', async () => {
    holdNft(scenario, 'output', [
      `ip daddr ${address} tcp dport ${peerPort + 1} drop`,
      `ip daddr ${ownAddress()} reject`,
    ]);
    holdIptables(scenario, 'INPUT', '-d', address, '-p', 'udp', '-j', 'DROP');
    expect(await statusOf(port)).toBe(200);
    const report = await scenario.diagnose();
    expectSound(report, { roots: [] });
    expect(ruledOutIn(report).filter((entry) => entry.startsWith('network.firewall'))).toEqual([]);
  });
});
