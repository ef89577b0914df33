import type { SourceFacts } from '../source/sourceFacts.ts';
import { readCommand } from './commandLine.ts';
import type { DeclaredPort, ServiceTarget } from './target.ts';

/** Prefixes of ports that belong to something the service connects to. */
const FOREIGN_PREFIX =
  /(?:^|_)(?:DB|DATABASE|PG|POSTGRES(?:QL)?|MYSQL|MARIADB|REDIS|VALKEY|CACHE|MONGO(?:DB)?|RABBIT(?:MQ)?|AMQP|BROKER|SMTP|MAIL|IMAP|KAFKA|ELASTIC(?:SEARCH)?|ES|MEMCACHED?|PROXY|NATS|MQTT|LDAP|CONSUL|DEBUG|INSPECT|REPLICA|UPSTREAM|PEER)(?:_|$)/;

/** The ports that a service itself listens on: from its command, its compose file, its variables, else the literals in its code. */
export function servicePorts(
  service: Omit<ServiceTarget, 'ports' | 'dependsOn'>,
  source: SourceFacts,
  onlyService: boolean,
): DeclaredPort[] {
  const found: DeclaredPort[] = [];
  const add = (port: number, at: DeclaredPort['at'], variable?: string): void => {
    if (Number.isInteger(port) && port > 0 && port <= 65_535 && !found.some((known) => known.port === port))
      found.push({ port, at, variable });
  };
  const variables = new Map(service.environment.map(({ name, value }) => [name, value]));
  if (service.command) {
    const { port } = readCommand(service.command.text, variables);
    if (port !== undefined) add(port, service.command.at);
  }
  for (const { published, protocol, at } of service.compose?.ports ?? [])
    if (published !== undefined && protocol === 'tcp') add(published, at);
  if (found.length > 0) return found;

  for (const variable of service.environment) {
    if (!/^\d{1,5}$/.test(variable.value.trim()) || !isOwnPort(variable.name, service, source)) continue;
    add(Number(variable.value), variable.at, variable.name);
  }
  if (found.length > 0) return found;

  const inFolder = (file: string): boolean =>
    service.folder === ''
      ? onlyService || !file.includes('/') || file.startsWith('src/')
      : file.startsWith(`${service.folder}/`);
  for (const literal of source.ports) {
    if (!inFolder(literal.file)) continue;
    if (literal.variable !== undefined && (variables.has(literal.variable) || isForeign(literal.variable, source)))
      continue;
    add(literal.port, { file: literal.file, line: literal.line }, literal.variable);
  }
  return found;
}

function isForeign(name: string, source: SourceFacts): boolean {
  if (FOREIGN_PREFIX.test(name.replace(/_?PORT$/, ''))) return true;
  const uses = source.envReferences.filter((reference) => reference.name === name).map((reference) => reference.use);
  return uses.includes('connect') && !uses.includes('listen');
}

/** Whether a variable holds the port that the service listens on, rather than one that it connects to. */
export function isOwnPort(name: string, service: Pick<ServiceTarget, 'environment'>, source: SourceFacts): boolean {
  const prefix = /^(?:(\w+)_)?PORT$/.exec(name) ?? /^(PG)PORT$/.exec(name);
  if (!prefix) return false;
  if (prefix[1] === undefined) return true;
  if (isForeign(name, source)) return false;
  const references = source.envReferences.filter((reference) => reference.name === name);
  if (references.some((reference) => reference.use === 'listen')) return true;
  const host = service.environment.find((variable) => variable.name === `${prefix[1]}_HOST`)?.value;
  return references.length > 0 && (host === undefined || /^(?:localhost|127\.|0\.0\.0\.0|::)/.test(host));
}
