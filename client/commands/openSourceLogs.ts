import * as vscode from 'vscode';
import type { LogSource } from '../../server/protocol/logs.ts';
import type { LogPages } from '../panels/logs/logPages.ts';

interface Choice extends vscode.QuickPickItem {
  ask(): Promise<LogSource | undefined>;
}

const choices: readonly Choice[] = [
  {
    label: '$(package) Container',
    description: 'what a container of Docker or Podman writes',
    ask: async () => {
      const name = await askName('Container', 'Name or id of the container');
      return name === undefined ? undefined : { kind: 'container', name };
    },
  },
  {
    label: '$(server-process) Systemd unit',
    description: 'the journal of one service of this machine',
    ask: async () => {
      const unit = await askName('Systemd unit', 'nginx.service');
      return unit === undefined ? undefined : { kind: 'journal', unit };
    },
  },
  {
    label: '$(server) System journal',
    description: 'the journal of this machine',
    ask: async () => ({ kind: 'journal' }),
  },
  {
    label: '$(layers) Kubernetes pod',
    description: 'of the current context; namespace/pod or namespace/pod/container',
    ask: askPod,
  },
  {
    label: '$(history) File with its rotated predecessors',
    description: 'app.log.2.gz, app.log.1 and app.log as one',
    ask: async () => {
      const [file] = (await vscode.window.showOpenDialog({ title: 'The newest file of the set' })) ?? [];
      return file && { kind: 'file', path: file.fsPath, rotated: true };
    },
  },
];

/** Lets the user choose a log that is no plain file, and opens it. */
export async function openSourceLogs(pages: LogPages): Promise<void> {
  const choice = await vscode.window.showQuickPick(choices, { title: 'Open a log of', matchOnDescription: true });
  const source = await choice?.ask();
  if (source) await pages.openSources({ sources: [source] });
}

async function askPod(): Promise<LogSource | undefined> {
  const text = await askName('Kubernetes pod', 'namespace/pod');
  if (text === undefined) return undefined;
  const parts = text.split('/');
  if (parts.length === 1) return { kind: 'pod', name: text };
  const [namespace, name, container] = parts;
  if (!namespace || !name) return undefined;
  return { kind: 'pod', namespace, name, ...(container ? { container } : {}) };
}

async function askName(title: string, placeHolder: string): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    placeHolder,
    // A name that begins with a dash would be read as an option by the program that is asked.
    validateInput: (value) =>
      /^[\w][\w.@:/-]*$/.test(value.trim()) ? undefined : 'A name: letters, digits and . _ - @ : /',
  });
  return text?.trim();
}
