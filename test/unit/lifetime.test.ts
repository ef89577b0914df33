import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Lifetime } from '../../server/recovery/lifetime.ts';

describe('the lifetime of the backend', () => {
  const ends: string[] = [];
  let lifetime: Lifetime;
  const begin = (options: { startGraceMs?: number; lingerMs?: number } = {}): void => {
    lifetime = new Lifetime({
      startGraceMs: 60_000,
      lingerMs: 60_000,
      ...options,
      onEnd: (reason) => ends.push(reason),
    });
  };
  beforeEach(() => {
    ends.length = 0;
  });
  afterEach(() => lifetime.dispose());
  const died = async (): Promise<number> => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    return child.pid as number;
  };

  it('ends at once when its starter goes before anyone connected, and only then', () => {
    begin();
    lifetime.join({ pid: process.pid, editorPid: undefined });
    lifetime.starterGone();
    expect(ends).toEqual([]);
    lifetime.dispose();
    begin();
    lifetime.starterGone();
    expect(ends).toHaveLength(1);
  });

  it('ends when nobody comes', async () => {
    begin({ startGraceMs: 10 });
    await vi.waitFor(() => expect(ends).toEqual(['no client came']), 2_000);
  });

  it('lingers after a goodbye, then ends', async () => {
    begin({ lingerMs: 50 });
    lifetime.join({ pid: process.pid, editorPid: process.pid })({ goodbye: true });
    expect(ends).toEqual([]);
    await vi.waitFor(() => expect(ends).toEqual(['no client for a while']), 2_000);
  });

  it('does not linger when the client that broke off is dead, and lingers when it lives', async () => {
    begin();
    lifetime.join({ pid: process.pid, editorPid: undefined })({ goodbye: false });
    expect(ends).toEqual([]);
    lifetime.join({ pid: await died(), editorPid: undefined })({ goodbye: false });
    expect(ends).toEqual(['its last client died']);
  });

  it('does not linger for an editor that is gone', async () => {
    begin();
    lifetime.join({ pid: process.pid, editorPid: await died() })({ goodbye: true });
    expect(ends).toEqual(['no editor runs that used it']);
  });

  it('stays while another client is connected, whatever happens to the first', async () => {
    begin({ lingerMs: 0 });
    const leave = lifetime.join({ pid: await died(), editorPid: undefined });
    lifetime.join({ pid: process.pid, editorPid: undefined });
    leave({ goodbye: false });
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(ends).toEqual([]);
  });
});
