import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import { getHistory, HistoryEntry, listHistory } from '../../server/protocol/history.ts';
import {
  createSuppression,
  listSuppressions,
  removeSuppression,
  Suppression,
} from '../../server/protocol/suppression.ts';
import { failure, healthyReport, openRpcDoor, type RpcDoor } from '../support/rpcDoor.ts';
import { portTaken } from '../support/troubleshootingStates.ts';

describe('what the RPC door remembers', () => {
  let door: RpcDoor;
  beforeEach(async () => {
    door = await openRpcDoor();
  });
  afterEach(() => door.dispose());

  it('lists the past of a folder and gives one healthyReport of it', async () => {
    const client = await door.connected();
    await door.memory.history.remember(healthyReport, true);
    await door.memory.history.remember({ ...healthyReport, durationMs: 2 }, true);
    const [entry, ...more] = HistoryEntry.array().parse(
      await client.sendRequest(listHistory.method, { workspace: '/w' }),
    );
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ runs: 2, status: 'pass', durationMs: 2, findings: 0 });
    const kept = await client.sendRequest(getHistory.method, { workspace: '/w', id: entry?.id });
    expect(DiagnosisReport.parse(kept)).toEqual({ ...healthyReport, durationMs: 2 });
    expect((await failure(client.sendRequest(getHistory.method, { workspace: '/w', id: 99 }))).code).toBe(
      'history.unknown',
    );
  });

  it('suppresses a finding of the last healthyReport, lists it and tells of it again', async () => {
    const client = await door.connected();
    const finding = { ...portTaken, fingerprint: 'abc' };
    door.diagnosis.last = () => ({ ...healthyReport, findings: [finding] });
    const terms = { workspace: '/w', fingerprint: 'abc', reason: 'known' };
    const made = Suppression.parse(await client.sendRequest(createSuppression.method, terms));
    expect(made).toMatchObject({ cause: 'port.conflict', target: 'api', reason: 'known' });
    const all = await client.sendRequest(listSuppressions.method, { workspace: '/w' });
    expect(Suppression.array().parse(all)).toEqual([made]);
    await client.sendRequest(removeSuppression.method, { workspace: '/w', id: made.id });
    expect(await client.sendRequest(listSuppressions.method, { workspace: '/w' })).toEqual([]);
    for (const [message, params, code] of [
      [createSuppression, { ...terms, fingerprint: 'other' }, 'finding.unknown'],
      [createSuppression, { ...terms, reason: '  ' }, 'request.invalid'],
      [createSuppression, { ...terms, until: '2020-01-01T00:00:00Z' }, 'request.invalid'],
      [removeSuppression, { workspace: '/w', id: made.id }, 'suppression.unknown'],
    ] as const)
      expect((await failure(client.sendRequest(message.method, params))).code).toBe(code);
  });

  it('says so when suppressions cannot be kept, with the next step', async () => {
    const client = await door.connected();
    door.diagnosis.last = () => ({
      ...healthyReport,
      findings: [{ ...portTaken, fingerprint: 'abc' }],
    });
    door.database.exec('DROP TABLE suppression');
    const call = client.sendRequest(createSuppression.method, { workspace: '/w', fingerprint: 'abc', reason: 'x' });
    expect(await failure(call)).toMatchObject({
      code: 'storage.unavailable',
      action: expect.stringContaining('tektra doctor'),
    });
  });
});
