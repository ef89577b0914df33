interface CommandContribution {
  /** `tektra.<noun>.<verb>`; its handler stands in `client/commands/<verb><Noun>.ts`. */
  id: `tektra.${string}.${string}`;
  title: string;
  icon?: `$(${string})`;
  /** When the palette offers it. Left out: always. */
  when?: string;
}

/** A log is read in the editor. */
export const inLog = 'isWorkspaceTrusted && editorLangId == log';

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
  { id: 'tektra.logs.open', title: 'Open Log', icon: '$(list-filter)' },
  { id: 'tektra.logs.openSource', title: 'Open Log of Container, Unit or Pod…' },
  { id: 'tektra.health.get', title: 'Show Health', icon: '$(heart)' },
  { id: 'tektra.backend.restart', title: 'Restart Backend', icon: '$(debug-restart)' },
  { id: 'tektra.log.open', title: 'Show Log', icon: '$(output)' },
  { id: 'tektra.bundle.create', title: 'Collect Support Bundle', icon: '$(package)' },
  { id: 'tektra.line.open', title: 'Explain This Log Line', icon: '$(info)', when: inLog },
  { id: 'tektra.template.list', title: 'Show All Log Lines Like This', when: inLog },
  { id: 'tektra.component.list', title: 'Filter Log to This Component', when: inLog },
  { id: 'tektra.surroundings.list', title: 'Show Surrounding 30 Seconds of Log', when: inLog },
  { id: 'tektra.trace.list', title: 'Follow This Trace Id', when: inLog },
  { id: 'tektra.template.suppress', title: 'Suppress Log Findings Like This…', when: inLog },
  { id: 'tektra.line.diagnose', title: 'Diagnose from This Log Line', icon: '$(play)', when: inLog },
] as const satisfies readonly CommandContribution[];

export type CommandId = (typeof commands)[number]['id'];
