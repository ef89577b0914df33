import type { Change } from '../../protocol/diagnosis.ts';
import type { TerminalStyle } from './terminalStyle.ts';

/** One declared change, whole: what is not shown here is not done. */
export function formatChange(change: Change, style: TerminalStyle): string[] {
  const place = change.kind === 'command' && change.cwd !== undefined ? style.dim(`   in ${change.cwd}`) : '';
  switch (change.kind) {
    case 'command':
      return [`${style.dim('$')} ${change.argv.map(quoted).join(' ')}${place}`];
    case 'container':
      return [`${style.dim('$')} docker ${change.action} ${change.container}`];
    case 'sql':
      return [
        `${style.dim(`${change.target}${change.database === undefined ? '' : ` (${change.database})`}>`)} ${change.statement}`,
      ];
    case 'create':
      return [
        style.dim(`new file ${change.file}`),
        ...textLines(change.content).map((line) => style.green(`+ ${line}`)),
      ];
    case 'edit':
      return [
        style.dim(`${change.file}:${change.line}`),
        ...textLines(change.before).map((line) => style.red(`- ${line}`)),
        ...textLines(change.after).map((line) => style.green(`+ ${line}`)),
      ];
  }
}

function textLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

/** As one would type it; no shell reads it. Control characters are shown, not obeyed. */
function quoted(argument: string): string {
  const visible = argument.replace(/\p{Cc}/gu, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return /^[\w@%+=:,./-]+$/.test(visible) ? visible : `'${visible.replaceAll("'", `'\\''`)}'`;
}
