interface CommandContribution {
  /** `tektra.<noun>.<verb>`; its handler stands in `client/commands/<verb><Noun>.ts`. */
  id: `tektra.${string}.${string}`;
  title: string;
  icon?: `$(${string})`;
  /** When the palette offers it. Left out: always. */
  when?: string;
}

/** Every command of Tektra; the palette shows them as "Tektra: <title>". */
export const commands = [
  {
    id: 'tektra.diagnosis.run',
    title: 'Diagnose Workspace',
    icon: '$(play)',
    when: 'isWorkspaceTrusted && workspaceFolderCount != 0',
  },
  {
    id: 'tektra.guide.open',
    title: 'Troubleshoot…',
    icon: '$(comment-discussion)',
    when: 'isWorkspaceTrusted && workspaceFolderCount != 0',
  },
  { id: 'tektra.diagnosis.stop', title: 'Cancel Diagnosis', icon: '$(stop-circle)', when: 'tektra.running' },
  { id: 'tektra.troubleshooting.open', title: 'Open Troubleshooting', icon: '$(pulse)' },
  { id: 'tektra.panel.open', title: 'Open Troubleshooting in Editor', icon: '$(link-external)' },
  { id: 'tektra.health.get', title: 'Show Health', icon: '$(heart)' },
  { id: 'tektra.backend.restart', title: 'Restart Backend', icon: '$(debug-restart)' },
  { id: 'tektra.log.open', title: 'Show Log', icon: '$(output)' },
  { id: 'tektra.bundle.create', title: 'Collect Support Bundle', icon: '$(package)' },
] as const satisfies readonly CommandContribution[];

export type CommandId = (typeof commands)[number]['id'];
