import type { ProcessFacts } from './processes.ts';

const TIMEOUT_MS = 5000;

/** Processes of macOS by `ps` (facts) and `lsof` (working folders). @throws the signal's reason when cancelled */
export async function listDarwinProcesses(signal: AbortSignal): Promise<ProcessFacts[]> {
  const { runCommand } = await import('../../runtime/runCommand.ts');
  const options = { timeoutMs: TIMEOUT_MS, signal };
  const [ps, lsof] = await Promise.all([
    runCommand(['/bin/ps', '-axww', '-o', 'pid=,ppid=,uid=,state=,rss=,lstart=,command='], options),
    runCommand(['/usr/sbin/lsof', '-w', '-n', '-P', '-a', '-d', 'cwd', '-Fpn'], options),
  ]);
  const folders = lsof.kind === 'exited' ? parseLsofFolders(lsof.stdout) : new Map<number, string>();
  return ps.kind === 'exited' ? parsePs(ps.stdout, folders) : [];
}

/** Processes of Windows by `tasklist`, which tells no more than name, pid and memory. */
export async function listWindowsProcesses(signal: AbortSignal): Promise<ProcessFacts[]> {
  const { runCommand } = await import('../../runtime/runCommand.ts');
  const tasks = await runCommand(['tasklist', '/FO', 'CSV', '/NH'], { timeoutMs: TIMEOUT_MS, signal });
  return tasks.kind === 'exited' ? parseTasklist(tasks.stdout) : [];
}

/** `ps -o pid=,ppid=,uid=,state=,rss=,lstart=,command=` in the C locale; `rss` in KiB. The command line is not quoted, so argv is a guess at spaces. */
export function parsePs(text: string, folders: ReadonlyMap<number, string>): ProcessFacts[] {
  const rows: ProcessFacts[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(\w{3} \w{3} +\d+ [\d:]{8} \d{4})\s+(.*)$/.exec(line);
    if (match === null) continue;
    const [, pid, ppid, uid, state, rss, started, command = ''] = match;
    const argv = command.split(' ').filter((word) => word !== '');
    const startedAt = new Date(started ?? '');
    rows.push({
      pid: Number(pid),
      ppid: Number(ppid),
      name: (argv[0] ?? '').split('/').at(-1) ?? '',
      argv,
      cwd: folders.get(Number(pid)),
      uid: Number(uid),
      startedAt: Number.isNaN(startedAt.getTime()) ? undefined : startedAt,
      rssBytes: Number(rss) * 1024,
      state: state?.charAt(0),
    });
  }
  return rows;
}

/** `lsof -Fpn`: a line `pPID` for each process, then `nPATH` for each of its files. */
export function parseLsofFolders(text: string): Map<number, string> {
  const folders = new Map<number, string>();
  let pid = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1));
    else if (line.startsWith('n')) folders.set(pid, line.slice(1));
  }
  return folders;
}

/** `tasklist /FO CSV /NH`: "node.exe","4121","Console","1","41,208 K". */
export function parseTasklist(text: string): ProcessFacts[] {
  const rows: ProcessFacts[] = [];
  for (const line of text.split(/\r?\n/)) {
    const match = /^"([^"]*)","(\d+)","[^"]*","[^"]*","([^"]*)"/.exec(line);
    if (match === null) continue;
    const [, name = '', pid, memory = ''] = match;
    const kibibytes = Number(memory.replace(/\D/g, ''));
    rows.push({
      pid: Number(pid),
      ppid: 0,
      name,
      argv: [name],
      cwd: undefined,
      uid: undefined,
      startedAt: undefined,
      rssBytes: kibibytes === 0 ? undefined : kibibytes * 1024,
      state: undefined,
    });
  }
  return rows;
}
