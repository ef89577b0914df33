import type { Asked, DiagnosisReport, Evidence, Finding, Fix, SuppressedFinding } from '../../protocol/diagnosis.ts';
import { formatChange } from './formatChange.ts';
import { localDay, localTime } from './localTime.ts';
import type { TerminalStyle } from './terminalStyle.ts';

/** Nobody reads on in a longer list. */
const MAX_NAMES = 30;

/** The report for a person at a terminal: the root cause first, then what follows from it, what it is not, and what could not be seen. */
export function formatReport(report: DiagnosisReport, style: TerminalStyle): string {
  const lines: string[] = [];
  if (report.asked) lines.push(...formatAsked(report.asked, style), '');
  const root = report.findings[0];
  if (!root)
    lines.push(
      `${style.green('✔')} ${style.bold(report.suppressed === undefined ? 'Nothing is broken' : 'Nothing else is broken')} in ${report.workspace}`,
      '',
    );
  else {
    lines.push(...formatFinding(root, true, style));
    for (const finding of report.findings.slice(1))
      lines.push(...formatFinding(finding, false, style, explainer(finding, report)));
  }
  if (report.suppressed !== undefined && report.suppressed.length > 0) {
    lines.push(style.bold('Suppressed'));
    for (const entry of report.suppressed) lines.push(...formatSuppressed(entry, style));
    lines.push('');
  }
  if (report.ruledOut.length > 0) {
    lines.push(style.bold('Ruled out'));
    for (const entry of report.ruledOut)
      lines.push(...bullet('·', `${entry.cause} ${style.dim(`(${entry.target})`)} ${entry.because}`, style));
    lines.push('');
  }
  if (report.unknown.length > 0) {
    lines.push(style.bold('Could not be told'));
    for (const entry of report.unknown)
      lines.push(
        ...bullet(
          '?',
          `${entry.cause}${entry.target === undefined ? '' : style.dim(` (${entry.target})`)} ${entry.because}${entry.next === undefined ? '' : `; ${entry.next}`}`,
          style,
        ),
      );
    lines.push('');
  }
  const services = report.targets.filter((target) => target.kind !== 'host');
  const names = services.slice(0, MAX_NAMES).map((target) => target.name);
  const more = services.length > names.length ? ` and ${services.length - names.length} more` : '';
  lines.push(
    style.dim(
      `${services.length === 0 ? 'No service was found in this folder' : `Looked at ${names.join(', ')}${more}`} in ${report.durationMs} ms. Nothing was changed.`,
    ),
  );
  return `${lines.join('\n')}\n`;
}

/** What was asked, how it was understood, and the answer to it. */
function formatAsked({ symptom, categories, targets, answer }: Asked, style: TerminalStyle): string[] {
  const understood = [...categories, ...targets].join(', ');
  return [
    ...(symptom === undefined ? [] : wrap(`“${symptom}”`, style.width).map(style.dim)),
    ...(understood === '' ? [] : [style.dim(`read as: ${understood}`)]),
    ...wrap(answer, style.width).map(style.bold),
  ];
}

function formatFinding(finding: Finding, isRoot: boolean, style: TerminalStyle, because?: Finding): string[] {
  const mark = finding.confidence === 'proved' ? style.red('✘') : style.yellow('▲');
  const title = because ? 'Follows' : isRoot ? 'Root cause' : 'Also broken';
  const lines = [`${mark} ${style.bold(`${title}:`)} ${style.bold(finding.summary)}`];
  lines.push(
    style.dim(
      `  ${finding.cause} · ${finding.target} · ${finding.confidence}${because ? ` · explained by ${because.cause}` : ''}`,
    ),
  );
  if (because) return [...lines, ''];
  if (finding.seenBefore) lines.push(...wrap(`  ${seenText(finding.seenBefore)}`, style.width - 2));
  if (finding.evidence.length > 0)
    lines.push(
      '',
      `  ${style.bold('Evidence')}`,
      ...finding.evidence.flatMap((evidence) => formatEvidence(evidence, style)),
    );
  if (finding.fixes.length > 0)
    lines.push(
      '',
      `  ${style.bold('What to do')}`,
      ...finding.fixes.flatMap((fix, index) => formatFix(fix, index + 1, style)),
    );
  return [...lines, ''];
}

function formatEvidence({ source, text, time }: Evidence, style: TerminalStyle): string[] {
  return [
    `    ${style.cyan(source)}${time === undefined ? '' : style.dim(`  ${time}`)}`,
    ...wrap(text, style.width - 6).map((line) => `      ${line}`),
  ];
}

function formatFix(fix: Fix, number: number, style: TerminalStyle): string[] {
  const lines = [`    ${number}. ${fix.title} ${style.dim(`(${fix.risk}${fix.undo ? ', can be undone' : ''})`)}`];
  lines.push(...fix.changes.flatMap((change) => formatChange(change, style)).map((line) => `       ${line}`));
  lines.push(...wrap(`Check: ${fix.verify}`, style.width - 8).map((line) => style.dim(`       ${line}`)));
  return lines;
}

function seenText({ count, firstAt, lastAt, fixedBy }: NonNullable<Finding['seenBefore']>): string {
  const times = count === 1 ? `once, on ${localDay(firstAt)}` : `${count} times since ${localDay(firstAt)}`;
  const last = count === 1 ? '' : `, last on ${localTime(lastAt)}`;
  return `Seen before ${times}${last}.${fixedBy === undefined ? '' : ` Last time this fixed it: ${fixedBy.title}.`}`;
}

function formatSuppressed({ finding, reason, until, id }: SuppressedFinding, style: TerminalStyle): string[] {
  const end = until === undefined ? 'until it changes' : `until ${localTime(until)}`;
  return [
    ...bullet('–', `${finding.cause} ${style.dim(`(${finding.target})`)} ${finding.summary}`, style),
    ...bullet(' ', style.dim(`${reason}; ${end}; tektra suppress --remove ${id} tells of it again`), style),
  ];
}

function explainer(finding: Finding, report: DiagnosisReport): Finding | undefined {
  return report.findings.find((other) => other.explains.includes(finding.id));
}

function bullet(mark: string, text: string, style: TerminalStyle): string[] {
  return wrap(text, style.width - 4).map((line, index) => `  ${index === 0 ? mark : ' '} ${line}`);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
