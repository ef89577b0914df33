import type { Finding } from '../../server/protocol/diagnosis.ts';
import type { BackendState } from '../../server/protocol/health.ts';
import type { FolderDiagnosis } from './workspaceDiagnosis.ts';
import type { LocalFolder } from './workspaceFolders.ts';

/** What the status bar item shows. */
export interface StatusBarContent {
  /** With theme icons: `$(error) …`. */
  text: string;
  /** Markdown; everything that came from a file or a log is escaped. */
  tooltip: string;
  /** What a screen reader says. */
  label: string;
  severity: 'none' | 'warning' | 'error';
}

export interface StatusBarInput {
  backend: BackendState;
  trusted: boolean;
  folders: readonly { folder: LocalFolder; diagnosis: FolderDiagnosis }[];
}

/** Characters of the root cause that fit beside the other items of a status bar. */
const TEXT_LENGTH = 56;

/** Chooses what the status bar says; with several folders the worst one speaks. */
export function statusBarContent({ backend, trusted, folders }: StatusBarInput): StatusBarContent {
  const worst = [...folders].sort((a, b) => rank(b.diagnosis) - rank(a.diagnosis))[0];
  const root = worst?.diagnosis.report?.findings[0];
  const tooltip = tooltipOf(backend, trusted, folders);
  const content = (icon: string, words: string, severity: StatusBarContent['severity'] = 'none'): StatusBarContent => ({
    text: `$(${icon}) ${escapeIcons(words)}`,
    tooltip,
    label: words.startsWith('Tektra') ? words : `Tektra: ${words}`,
    severity,
  });

  if (!trusted) return content('shield', 'Tektra: restricted');
  if (!worst) return content('pulse', 'Tektra');
  if (worst.diagnosis.running && !worst.diagnosis.running.background)
    return content('sync~spin', 'Tektra: diagnosing…');
  if (backend.phase === 'failed') return content('debug-disconnect', 'Tektra: backend stopped', 'warning');
  if (root) {
    const severity = worst.diagnosis.report?.status === 'fail' ? 'error' : 'warning';
    return content(severity, shorten(root.summary), severity);
  }
  if (worst.diagnosis.error) return content('warning', 'Tektra: diagnosis failed', 'warning');
  if (worst.diagnosis.report) return content('pass', 'Tektra: healthy');
  if (backend.phase === 'starting' || worst.diagnosis.running) return content('loading~spin', 'Tektra: starting');
  if (backend.phase === 'stopped' && backend.message) return content('debug-disconnect', 'Tektra: stopped', 'warning');
  return content('pulse', 'Tektra: not diagnosed yet');
}

function rank({ report, error, running }: FolderDiagnosis): number {
  if (report?.status === 'fail') return 5;
  if (report?.status === 'warn') return 4;
  if (error) return 3;
  if (running && !running.background) return 2;
  return report ? 1 : 0;
}

function tooltipOf(backend: BackendState, trusted: boolean, folders: StatusBarInput['folders']): string {
  if (!trusted) return '**Tektra**\n\nThis workspace is not trusted, so nothing in it is diagnosed.';
  if (folders.length === 0) return '**Tektra**\n\nOpen a folder to have it diagnosed.';
  const parts = folders.map(({ folder, diagnosis }) => folderTooltip(folder, diagnosis));
  return [...parts, backendLine(backend)].join('\n\n---\n\n');
}

function folderTooltip(folder: LocalFolder, { report, error, running }: FolderDiagnosis): string {
  const lines = [`**Tektra: ${escapeMarkdown(folder.name)}**`];
  if (running) lines.push(`$(sync~spin) ${escapeMarkdown(running.label)}`);
  if (error) lines.push(`$(warning) ${escapeMarkdown(error.message)}`);
  if (report) {
    const root = report.findings[0];
    lines.push(root ? findingLine(root, report.findings.length) : '$(pass) Nothing found to be broken.');
    if (report.suppressed !== undefined) lines.push(`${report.suppressed.length} suppressed.`);
    if (report.unknown.length > 0) lines.push(`${report.unknown.length} could not be observed.`);
    const seconds = (report.durationMs / 1000).toFixed(1);
    lines.push(`Last run ${new Date(report.startedAt).toLocaleTimeString()}, took ${seconds} s.`);
  } else if (!running && !error) lines.push('Not diagnosed yet.');
  return lines.join('\n\n');
}

function findingLine(root: Finding, count: number): string {
  const pieces = root.evidence.length === 1 ? '1 piece of evidence' : `${root.evidence.length} pieces of evidence`;
  const others = count > 1 ? `, ${count - 1} more ${count === 2 ? 'finding' : 'findings'}` : '';
  return `$(error) ${escapeMarkdown(root.summary)}\n\n${root.confidence === 'proved' ? 'Proved' : 'Likely'} by ${pieces}${others}.`;
}

function backendLine({ phase, httpPort, message }: BackendState): string {
  const port = httpPort === undefined ? '' : ` on port ${httpPort}`;
  return `Backend ${phase}${port}${message ? `: ${escapeMarkdown(message)}` : ''}.`.replace('..', '.');
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= TEXT_LENGTH ? line : `${line.slice(0, TEXT_LENGTH - 1).trimEnd()}…`;
}

/** `$(…)` in a summary is text, not an icon. */
function escapeIcons(text: string): string {
  return text.replaceAll('$(', '\\$(');
}

/** Icons first, as the editor's own `MarkdownString.appendText` does: the backslash of an icon must survive Markdown. */
function escapeMarkdown(text: string): string {
  return escapeIcons(text.replace(/\s+/g, ' ')).replace(/[\\`*_{}[\]()#+\-!<>|~&]/g, '\\$&');
}
