import { execFileSync, spawn } from 'node:child_process';
import { findProgram } from './requireSystem.ts';
import type { Scenario } from './scenario.ts';

type Argv = readonly [string, ...string[]];

/**
 * Changes the machine's network for one test (rules and routes for addresses that nobody else uses) and takes it back with the
 * scenario. A process of its own holds the reading end of our pipe and takes it back as well when the test is killed.
 */
export function holdWay(scenario: Scenario, make: readonly Argv[], takeBack: Argv): { release(): Promise<void> } {
  const [program, ...args] = withPath(takeBack);
  const guard = spawn('sh', ['-c', 'cat > /dev/null; exec "$@"', 'sh', program, ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => guard.once('close', () => resolve()));
  guard.unref();
  let released = false;
  const release = async (): Promise<void> => {
    if (released) return ended;
    released = true;
    guard.ref();
    guard.stdin?.end();
    await ended;
  };
  scenario.onDispose(release);
  for (const argv of make) {
    const [file, ...rest] = withPath(argv);
    execFileSync(file, rest, { stdio: 'pipe' });
  }
  return { release };
}

function withPath([program, ...args]: Argv): [string, ...string[]] {
  return [findProgram(program) ?? program, ...args];
}

let tables = 0;

/** A table of nft with one chain at a hook and these rules. */
export function holdNft(
  scenario: Scenario,
  hook: 'input' | 'output',
  rules: readonly string[],
): { release(): Promise<void> } {
  const table = `tektra_test_${process.pid}_${++tables}`;
  const chain = `add chain inet ${table} way { type filter hook ${hook} priority 5; policy accept; }`;
  return holdWay(
    scenario,
    [
      ['nft', 'add', 'table', 'inet', table],
      ['nft', chain],
      ...rules.map((rule): Argv => ['nft', `add rule inet ${table} way ${rule}`]),
    ],
    ['nft', 'delete', 'table', 'inet', table],
  );
}

export function holdIptables(
  scenario: Scenario,
  chain: 'INPUT' | 'OUTPUT',
  ...rule: string[]
): { release(): Promise<void> } {
  return holdWay(scenario, [['iptables', '-w', '-I', chain, '1', ...rule]], ['iptables', '-w', '-D', chain, ...rule]);
}

/** An address of the loopback that no other test has. */
export function ownAddress(): string {
  const part = (): number => 1 + Math.floor(Math.random() * 250);
  return `127.${10 + Math.floor(Math.random() * 200)}.${part()}.${part()}`;
}
