import type { Change } from '../protocol/diagnosis.ts';
import type { ComposeService } from '../systems/compose/compose.ts';

/** The text of a line of a compose file (1-based), undefined behind its end. */
export type LineOf = (file: string, line: number) => string | undefined;

/** A key of a service with what is written below it, as lines. */
interface Block {
  line: number;
  indent: string;
  /** What stands behind the colon. */
  inline: string;
  below: string[];
}

/** Services of hand-written files are far shorter. */
const MAX_LINES = 400;
const NAME = String.raw`["']?([\w.-]+)["']?`;

/**
 * Lets compose start a service only when a dependency's health check passes. The whole block is replaced by one edit.
 * @returns undefined where the block is written in a way that this does not rewrite
 */
export function waitUntilHealthy(service: ComposeService, dependency: string, lineOf: LineOf): Change | undefined {
  const wanted = (indent: string, known: readonly { service: string; condition: string }[]): string[] => [
    `${indent}depends_on:`,
    ...known.flatMap((each) => [`${indent}  ${each.service}:`, `${indent}    condition: ${each.condition}`]),
  ];
  const rest = service.dependsOn.filter((each) => each.service !== dependency);
  const all = [...rest, { service: dependency, condition: 'service_healthy' }];
  const block = blockOf(service, 'depends_on', lineOf);
  if (block === undefined)
    return service.dependsOn.length > 0 ? undefined : insertKey(service, lineOf, (indent) => wanted(indent, all));
  const names = namesIn(block);
  // A mapping with conditions of its own, a merge key, an override of another file: for a person.
  if (names === undefined || names.length !== service.dependsOn.length) return undefined;
  const sorted = names.flatMap((name) => all.find((each) => each.service === name) ?? []);
  return replaceBlock(
    service,
    block,
    wanted(block.indent, [...sorted, ...all.filter((each) => !sorted.includes(each))]),
    lineOf,
  );
}

/** Puts a service into one more network of its file; it stays in those where it is. */
export function joinNetwork(service: ComposeService, network: string, lineOf: LineOf): Change | undefined {
  const block = blockOf(service, 'networks', lineOf);
  if (block === undefined)
    return service.networks.length > 0
      ? undefined
      : insertKey(service, lineOf, (indent) => [`${indent}networks: [default, ${network}]`]);
  const names = namesIn(block);
  if (names === undefined) return undefined;
  return replaceBlock(service, block, [`${block.indent}networks: [${[...names, network].join(', ')}]`], lineOf);
}

function blockOf(service: ComposeService, key: string, lineOf: LineOf): Block | undefined {
  const { file, line: start } = service.at;
  const head = lineOf(file, start);
  const indent = childIndent(service, lineOf);
  if (head === undefined || indent === undefined) return undefined;
  for (let line = start + 1; line < start + MAX_LINES; line += 1) {
    const text = lineOf(file, line);
    if (text === undefined || isOutside(text, indent)) return undefined;
    const inline = new RegExp(`^${indent}${key}:(?:\\s+(.*))?$`).exec(text);
    if (!inline) continue;
    const below: string[] = [];
    for (let next = line + 1; ; next += 1) {
      const item = lineOf(file, next);
      // A list may stand as far left as its key.
      if (item === undefined || item.trim() === '' || !new RegExp(`^${indent}(?:\\s|- )`).test(item)) break;
      below.push(item);
    }
    return { line, indent, inline: (inline[1] ?? '').trim(), below };
  }
  return undefined;
}

/** Names of a list in either notation; undefined for anything else, also for one with remarks. */
function namesIn({ inline, below }: Block): string[] | undefined {
  const flow = /^\[([^[\]#]*)\]$/.exec(inline);
  const items = flow && below.length === 0 ? (flow[1] ?? '').split(',') : inline === '' ? below : undefined;
  if (!items || items.length === 0) return undefined;
  const pattern = new RegExp(flow ? `^\\s*${NAME}\\s*$` : `^\\s*- +${NAME}\\s*$`);
  const names = items.map((item) => pattern.exec(item)?.[1]);
  return names.every((name) => name !== undefined) ? names : undefined;
}

function replaceBlock({ at }: ComposeService, block: Block, after: string[], lineOf: LineOf): Change | undefined {
  const head = lineOf(at.file, block.line);
  if (head === undefined) return undefined;
  return {
    kind: 'edit',
    file: at.file,
    line: block.line,
    before: [head, ...block.below].join('\n'),
    after: after.join('\n'),
  };
}

/** As the first key of the service. */
function insertKey(service: ComposeService, lineOf: LineOf, lines: (indent: string) => string[]): Change | undefined {
  const indent = childIndent(service, lineOf);
  if (indent === undefined) return undefined;
  return {
    kind: 'edit',
    file: service.at.file,
    line: service.at.line + 1,
    before: '',
    after: lines(indent).join('\n'),
  };
}

/** How far the keys of a service are indented; undefined unless it is written as a block. */
function childIndent({ at }: ComposeService, lineOf: LineOf): string | undefined {
  const head = /^(\s*)\S[^#]*:\s*$/.exec(lineOf(at.file, at.line) ?? '');
  const child = /^(\s+)[\w-]+:/.exec(lineOf(at.file, at.line + 1) ?? '');
  return head && child && (child[1] ?? '').length > (head[1] ?? '').length ? child[1] : undefined;
}

function isOutside(text: string, indent: string): boolean {
  return text.trim() !== '' && !text.startsWith(indent) && !/^\s*(?:#|- )/.test(text);
}
