import * as vscode from 'vscode';
import { getHealth as getHealthMessage, type HealthCheck } from '../../server/protocol/health.ts';
import type { Backend } from '../backend/backend.ts';

const icons = { pass: 'pass', warn: 'warning', fail: 'error' } as const;

/** Asks the backend for its checks and lists them. @throws TektraError backend.unavailable */
export async function getHealth(backend: Pick<Backend, 'request' | 'state'>): Promise<void> {
  const health = await backend.request(getHealthMessage, {});
  const minutes = Math.floor(health.uptimeSeconds / 60);
  const port = backend.state.httpPort === undefined ? 'no HTTP port' : `port ${backend.state.httpPort}`;
  await vscode.window.showQuickPick(health.checks.map(toItem), {
    title: `Tektra ${health.version}: ${health.status} · pid ${health.pid} · ${port} · up ${minutes} min`,
    placeHolder: 'Checks of the backend and of this machine',
    matchOnDescription: true,
    matchOnDetail: true,
  });
}

function toItem(check: HealthCheck): vscode.QuickPickItem {
  const value = [check.observedValue, check.observedUnit].filter((part) => part !== undefined).join(' ');
  return {
    label: `$(${icons[check.status]}) ${check.component}`,
    description: value,
    ...(check.output === undefined ? {} : { detail: check.output }),
  };
}
