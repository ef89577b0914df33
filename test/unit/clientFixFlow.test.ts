import { describe, expect, it, vi } from 'vitest';
import type { CancellationToken } from 'vscode-jsonrpc';
import { changeQuestion } from '../../client/panels/troubleshooting/changeQuestion.ts';
import { FixFlow, type FixPerson } from '../../client/panels/troubleshooting/fixFlow.ts';
import { plannedText } from '../../client/panels/troubleshooting/plannedText.ts';
import { actionText } from '../../client/panels/troubleshooting/previewText.ts';
import type { Change } from '../../server/protocol/diagnosis.ts';
import { TektraError } from '../../server/protocol/errors.ts';
import type { AppliedFix, FixPlan } from '../../server/protocol/fix.ts';
import type { FixState } from '../../server/protocol/fixState.ts';
import { portTaken } from '../support/troubleshootingStates.ts';

const FOLDER = '/home/dev/shop';
const edit: Change = { kind: 'edit', file: '.env', line: 2, before: 'PORT=4100', after: 'PORT=4101' };
const kill: Change = { kind: 'command', argv: ['kill', '-TERM', '4121'] };

const planOf = (changes: Change[], token = 'token'): FixPlan => ({
  token,
  workspace: FOLDER,
  cause: 'port.conflict',
  target: 'api',
  summary: portTaken.summary,
  fix: { title: 'Let api listen on port 4101', risk: 'write', changes, undo: true, verify: 'It listens.' },
  changes: changes.map((change, index) => ({ digest: `${token}-${index}`, change })),
});
const applied: AppliedFix = {
  id: 'a',
  workspace: FOLDER,
  cause: 'port.conflict',
  target: 'api',
  summary: '',
  title: 'Let api listen on port 4101',
  appliedAt: '2026-11-24T10:00:00.000Z',
  outcome: { kind: 'verified' },
  undo: true,
};

/** A flow whose backend and user do what the test says. */
function flowOf({
  plans = [planOf([edit, kill])],
  run = async () => applied,
  person = {},
  trusted = true,
}: {
  plans?: FixPlan[];
  run?: (params: unknown, token: CancellationToken | undefined) => Promise<unknown>;
  person?: Partial<FixPerson>;
  trusted?: boolean;
} = {}) {
  const requests: { method: string; params: Record<string, unknown> }[] = [];
  const phases: string[] = [];
  const diagnosed = vi.fn(async () => undefined);
  const shown: string[] = [];
  let planned = 0;
  const backend = {
    request: async (message: { method: string }, params: Record<string, unknown>, token?: CancellationToken) => {
      requests.push({ method: message.method, params });
      if (message.method === 'tektra/fix/get') return plans[Math.min(planned++, plans.length - 1)];
      return run(params, token);
    },
    onProgress: () => ({ dispose: () => undefined }),
  };
  const flow = new FixFlow({
    backend: backend as unknown as ConstructorParameters<typeof FixFlow>[0]['backend'],
    diagnosis: { run: diagnosed, settled: async () => undefined },
    person: {
      answer: async () => ({}),
      show: async (plan, index) => void shown.push(`${plan.token} ${index}`),
      agree: async () => 'yes',
      agreeToUndo: async () => true,
      hide: async () => void shown.splice(0),
      ...person,
    },
    trusted: () => trusted,
    log: { info: vi.fn(), warn: vi.fn(), error: vi.fn() },
  });
  flow.onDidChange(() => {
    const phase = flow.of(FOLDER)?.phase ?? 'none';
    if (phases.at(-1) !== phase) phases.push(phase);
  });
  const methods = () => requests.map(({ method }) => method.replace('tektra/fix/', ''));
  return {
    flow,
    requests,
    methods,
    phases,
    diagnosed,
    shown,
    start: (keep = false) => flow.start(FOLDER, portTaken, 0, keep),
  };
}

describe('applying a fix from the view', () => {
  it('shows and asks for each change, sends back what was agreed to, and diagnoses again', async () => {
    const agree = vi.fn<FixPerson['agree']>(async () => 'yes');
    const { flow, requests, phases, diagnosed, shown, start } = flowOf({
      person: { agree, hide: async () => undefined },
    });
    await start();
    expect(shown).toEqual(['token 0', 'token 1']);
    expect(agree.mock.calls.map(([{ message }]) => message)).toEqual([
      'Change .env? (change 1 of 2)',
      'Run kill? (change 2 of 2)',
    ]);
    expect(requests[1]?.params).toMatchObject({ token: 'token', approved: ['token-0', 'token-1'], keep: false });
    expect(phases).toEqual(['asking', 'running', 'done']);
    expect(flow.of(FOLDER)).toEqual({ phase: 'done', applied, verify: portTaken.fixes[0]?.verify });
    expect(diagnosed).toHaveBeenCalledWith(FOLDER, { background: true });
  });

  it.each([
    ['the first change', 1],
    ['a later change', 2],
  ])('runs nothing when the user does not agree to %s', async (_what, which) => {
    let asked = 0;
    const { flow, methods, diagnosed, shown, start } = flowOf({
      person: { agree: async () => (++asked === which ? 'no' : 'yes') },
    });
    await start();
    expect(methods()).toEqual(['get']);
    expect(shown, 'nothing stays open').toEqual([]);
    expect(flow.of(FOLDER)).toMatchObject({ phase: 'stopped', cancelled: true, message: 'Nothing was changed.' });
    expect(diagnosed).not.toHaveBeenCalled();
  });

  it('runs nothing when the user answers no question', async () => {
    const { methods, flow, start } = flowOf({ person: { answer: async () => undefined } });
    await start();
    expect(methods()).toEqual([]);
    expect(flow.of(FOLDER)).toMatchObject({ phase: 'stopped', cancelled: true });
  });

  it('lets the user look at a change for as long as they like, and asks then', async () => {
    const answers: ('look' | 'yes')[] = ['look', 'look', 'yes'];
    const { flow, methods, start } = flowOf({
      plans: [planOf([edit])],
      person: { agree: async () => answers.shift() ?? 'no' },
    });
    const going = start();
    for (const left of [2, 1]) {
      await expect.poll(() => [flow.of(FOLDER)?.phase, answers.length]).toEqual(['reviewing', left]);
      flow.goOn();
    }
    await going;
    expect(methods()).toEqual(['get', 'run']);
  });

  it('is cancelled while the user looks', async () => {
    const { flow, methods, start } = flowOf({ person: { agree: async () => 'look' } });
    const going = start();
    await expect.poll(() => flow.of(FOLDER)?.phase).toBe('reviewing');
    flow.stop();
    await going;
    expect(methods()).toEqual(['get']);
    expect(flow.of(FOLDER)).toMatchObject({ phase: 'stopped', cancelled: true });
  });

  it('makes a stale plan anew, and shows and asks again', async () => {
    const stale = new TektraError('fix.stale', 'Line 2 of .env is not what it was.', { action: 'Diagnose again.' });
    let runs = 0;
    const asked: string[] = [];
    const { flow, shown, requests, start } = flowOf({
      plans: [planOf([edit], 'first'), planOf([edit], 'second')],
      run: async () => (++runs === 1 ? Promise.reject(stale) : applied),
      person: {
        agree: async ({ detail }) => {
          asked.push(detail);
          return 'yes';
        },
        hide: async () => undefined,
      },
    });
    await start();
    expect(shown).toEqual(['first 0', 'second 0']);
    expect(asked[0]).not.toContain('changed meanwhile');
    expect(asked[1]).toContain('changed meanwhile');
    expect(requests.at(-1)?.params).toMatchObject({ token: 'second', approved: ['second-0'] });
    expect(flow.of(FOLDER)?.phase).toBe('done');

    const person = { hide: async () => undefined };
    const moving = flowOf({ plans: [planOf([edit])], run: () => Promise.reject(stale), person });
    await moving.start();
    expect(moving.shown).toHaveLength(3);
    expect(moving.flow.of(FOLDER)).toMatchObject({ phase: 'stopped', cancelled: false, action: 'Diagnose again.' });
  });

  it('applies nothing in a workspace that is not trusted, and one fix at a time', async () => {
    const untrusted = flowOf({ trusted: false });
    await expect(untrusted.start()).rejects.toMatchObject({ code: 'workspace.untrusted', action: expect.any(String) });
    await expect(untrusted.flow.takeBack(FOLDER, applied)).rejects.toMatchObject({ code: 'workspace.untrusted' });
    expect(untrusted.methods()).toEqual([]);
    const { flow, start } = flowOf({ person: { agree: async () => 'look' } });
    const going = start();
    await expect(start()).rejects.toMatchObject({ code: 'request.invalid', action: expect.stringContaining('cancel') });
    await expect.poll(() => flow.of(FOLDER)?.phase).toBe('reviewing');
    flow.close(FOLDER);
    expect(flow.of(FOLDER)?.phase).toBe('reviewing');
    flow.stop();
    await going;
    flow.close(FOLDER);
    expect(flow.of(FOLDER)).toBeUndefined();
  });

  it('tells what stands in the way with the next step, and no words of an internal error', async () => {
    const stopped = async (thrown: unknown): Promise<FixState | undefined> => {
      const { flow, start } = flowOf({ run: () => Promise.reject(thrown) });
      await start();
      return flow.of(FOLDER);
    };
    const gone = new TektraError('finding.unknown', 'It is gone.', { action: 'Diagnose again.' });
    expect(await stopped(gone)).toMatchObject({ message: 'It is gone.', action: 'Diagnose again.', cancelled: false });
    expect(JSON.stringify(await stopped(new Error('x is not a function')))).not.toContain('x is not a function');
    const cancelled = new TektraError(
      'request.cancelled',
      'The fix was cancelled; what it had changed was taken back.',
    );
    expect(await stopped(cancelled)).toMatchObject({ cancelled: true, message: cancelled.message });
  });

  it('passes the cancellation of a running fix on', async () => {
    const { flow, start } = flowOf({
      run: (_params, token) =>
        new Promise((_resolve, reject) =>
          token?.onCancellationRequested(() => reject(new TektraError('request.cancelled', 'Taken back.'))),
        ),
    });
    const going = start();
    await expect.poll(() => flow.of(FOLDER)?.phase).toBe('running');
    flow.stop();
    await going;
    expect(flow.of(FOLDER)).toMatchObject({ phase: 'stopped', message: 'Taken back.' });
  });

  it('takes a fix back once the user agrees', async () => {
    const undone: AppliedFix = { ...applied, outcome: { kind: 'undone' }, undo: false };
    const agreed = flowOf({ run: async () => undone });
    await agreed.flow.takeBack(FOLDER, applied);
    expect(agreed.requests).toEqual([{ method: 'tektra/fix/undo', params: { workspace: FOLDER, id: 'a' } }]);
    expect(agreed.flow.of(FOLDER)).toEqual({ phase: 'done', applied: undone });
    expect(agreed.diagnosed).toHaveBeenCalled();
    const refused = flowOf({ person: { agreeToUndo: async () => false } });
    await refused.start();
    await refused.flow.takeBack(FOLDER, applied);
    expect(refused.methods()).toEqual(['get', 'run']);
    expect(refused.flow.of(FOLDER)).toMatchObject({ phase: 'done', applied });
  });
});

describe('what the user is asked', () => {
  it.each<[Change, string[]]>([
    [edit, ['Change .env?', '− PORT=4100', '+ PORT=4101', FOLDER, 'byte for byte']],
    [{ kind: 'create', file: 'a.conf', content: 'x\ny\n' }, ['Create a.conf?', '+ x\n+ y', 'byte for byte']],
    [kill, ['Run kill?', '["kill","-TERM","4121"]', 'all rights that you have', 'no shell', 'cannot take this back']],
    [{ kind: 'command', argv: ['a'], cwd: 'web', undo: ['b', 'c'] }, ['in web', 'take it back with ["b","c"]']],
    [
      { kind: 'container', action: 'stop', container: 'shop-db-1' },
      ['Stop the container shop-db-1?', 'docker start shop-db-1'],
    ],
    [{ kind: 'container', action: 'restart', container: 'x' }, ['cannot take this back']],
    [
      { kind: 'sql', target: 'db', statement: 'CREATE INDEX a ON b (c)', undo: 'DROP INDEX a' },
      ['Run a statement on db?', 'CREATE INDEX a ON b (c)', 'the login that the workspace configures', 'DROP INDEX a'],
    ],
  ])('names what, where, with what access, and the way back: %j', (change, said) => {
    const { message, detail, agree } = changeQuestion(planOf([change]), 0);
    for (const words of said) expect(`${message}\n${detail}`).toContain(words);
    expect(agree.length).toBeGreaterThan(3);
  });

  it('hides nothing behind control or direction characters, and shortens what the editor shows whole', () => {
    const hostile: Change = { kind: 'sql', target: 'db', statement: 'SELECT 1\u202e\u0007; --' };
    expect(changeQuestion(planOf([hostile]), 0).detail).toContain('SELECT 1\\u{202e}\\u{7}; --');
    expect(actionText(planOf([hostile]), 0)).toContain('\\u{202e}');
    const long: Change = { kind: 'create', file: 'a', content: 'line\n'.repeat(50) };
    const { detail } = changeQuestion(planOf([long]), 0);
    expect(detail).toContain('the editor shows all of it');
    expect(detail.split('\n').length).toBeLessThan(20);
  });

  it('says when something needs an administrator, and what a placeholder stands for', () => {
    const plan = planOf([{ ...edit, after: 'KEY=‹redacted:KEY›' } as Change]);
    const { detail } = changeQuestion({ ...plan, fix: { ...plan.fix, risk: 'admin' } }, 0);
    expect(detail).toContain('administrator');
    expect(detail).toContain('stands for a secret');
  });
});

describe('the file as a change would leave it', () => {
  const change = (before: string, after: string, line = 2) =>
    ({ kind: 'edit', file: '.env', line, before, after }) as const;

  it('holds the bytes of the file where the change was redacted', () => {
    const file = 'PORT=1\nURL=postgres://shop:hunter2@db:5432/shop\r\nX=1\n';
    const redacted = change(
      'URL=postgres://shop:‹redacted:URL›@db:5432/shop',
      'URL=postgres://shop:‹redacted:URL›@db:5433/shop',
    );
    expect(plannedText(file, redacted)).toBe('PORT=1\nURL=postgres://shop:hunter2@db:5433/shop\r\nX=1\n');
    expect(plannedText('A=abc\n', change('A=‹redacted:A›', 'B=‹redacted:A›', 1))).toBe('B=abc\n');
    expect(plannedText('A=a b\n', change('A=‹redacted:A› ‹redacted:B›', 'A=‹redacted:B›-‹redacted:A›', 1))).toBe(
      'A=b-a\n',
    );
    expect(plannedText('', { kind: 'create', file: 'a', content: 'K=‹redacted:K›' })).toBe('K=‹redacted:K›');
  });

  it('is nothing when the file is another', () => {
    for (const file of ['PORT=1\nURL=mysql://x\n', 'PORT=1\n', ''])
      expect(plannedText(file, change('URL=postgres://‹redacted:URL›', 'URL='))).toBeUndefined();
    expect(plannedText('A=xyz!\n', change('A=‹redacted:A›?', 'A=', 1))).toBeUndefined();
    expect(plannedText('PORT=9\n', change('PORT=1', 'PORT=2', 1))).toBeUndefined();
  });
});
