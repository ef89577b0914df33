import type { DiagnosisReport } from '../../server/protocol/diagnosis.ts';
import type { BackendState, HealthReport } from '../../server/protocol/health.ts';
import { redactText } from './redactText.ts';

export interface SupportBundleInput {
  createdAt: Date;
  /** Names and versions of what Tektra runs in. */
  versions: Readonly<Record<string, string>>;
  /** Names of the settings that differ from their default; their values may name files of the user. */
  changedSettings: readonly string[];
  backend: BackendState;
  /** Absent when the backend does not answer. */
  health: HealthReport | undefined;
  reports: readonly DiagnosisReport[];
  /** The end of the backend's log. */
  log: string;
  /** The user's home folder. */
  home: string;
}

/** A text for a bug report, in Markdown, with secrets and the user's home folder taken out. Needs no backend. */
export function supportBundle(input: SupportBundleInput): string {
  const { versions, backend, health, reports, changedSettings } = input;
  const sections = [
    '# Tektra support bundle',
    `Created ${input.createdAt.toISOString()}. Secrets are replaced by ‹redacted›. Read it before you send it: nothing was sent anywhere.`,
    `## Versions\n\n${Object.entries(versions)
      .map(([name, version]) => `- ${name}: ${version}`)
      .join('\n')}`,
    `## Settings\n\n${changedSettings.length === 0 ? 'All at their default.' : changedSettings.map((name) => `- ${name} (changed)`).join('\n')}`,
    `## Backend\n\n${json(backend)}`,
    `## Health\n\n${health ? json(health) : 'The backend did not answer.'}`,
    ...(reports.length === 0 ? ['## Last diagnosis\n\nNone in this window.'] : []),
    ...reports.map((report) => `## Last diagnosis of ${report.workspace}\n\n${json(report)}`),
    `## End of the log\n\n${fenced('text', input.log.trim() === '' ? '(empty)' : input.log.trimEnd())}`,
  ];
  return `${redactText(sections.join('\n\n'), input.home)}\n`;
}

function json(value: unknown): string {
  return fenced('json', JSON.stringify(value, null, 2));
}

/** A fence that is longer than any run of backticks in the text: a log cannot end it. */
function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
