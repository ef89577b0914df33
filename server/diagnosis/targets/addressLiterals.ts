import { addressBlocksIn, surroundingsOf } from './addressBlocks.ts';
import { kindOf } from './addressEngine.ts';
import { type AddressContext, type FoundAddress, isInFolder } from './addressVariables.ts';
import { expandValue, parseConnectionUrl } from './parseConnectionUrl.ts';

/** Configuration of tests, of other environments and of tools: the service that runs here does not read it. */
const NOT_READ =
  /(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$|(?:^|[/._-])(?:tests?|spec|prod(?:uction)?|stag(?:e|ing)|ci|e2e|example|sample|template|dist|jest|vitest|pytest|conftest|playwright|cypress|tox|karma|mocharc)(?=[/._-])[^/]*$|(?:^|\/)(?:production|staging|test|ci)\//i;
/** Files that may hold addresses as separate keys. */
const MAY_HOLD_BLOCKS = /\.(?:[cm]?[jt]s|py|rb|php|ya?ml|json|toml|ini|cfg|conf|properties)$/;
const URL_SCHEME = /\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|valkey|amqps?)(?:\+\w+)?:\/\/[^\s"'`<>]+/;

/** A workspace with more of them holds lists of addresses, not settings. */
const MAX_LITERALS = 24;

/** Addresses that stand in the service's own code and configuration files, literals and defaults filled in. */
export function addressesInFiles(context: AddressContext): FoundAddress[] {
  const { service, source } = context;
  const files = source.files.filter((file) => isInFolder(file, service.folder) && !NOT_READ.test(file));
  const chosen = new Set(files);
  return [
    ...source.urls
      .filter(({ file }) => chosen.has(file))
      .slice(0, MAX_LITERALS)
      .flatMap(({ url, file, line }) => fromLiteral(url, file, line, context)),
    ...files
      .filter((file) => MAY_HOLD_BLOCKS.test(file) && !/(?:^|\/)package\.json$/.test(file))
      .flatMap((file) => addressBlocksIn(file, source.textOf(file) ?? '', context)),
  ];
}

function fromLiteral(written: string, file: string, line: number, context: AddressContext): FoundAddress[] {
  const { source, lookup } = context;
  const reference = source.envReferences.find(
    (candidate) => candidate.file === file && candidate.line === line && candidate.fallback !== undefined,
  );
  // A default ends at the first bracket in the list of literals; with references in it, it goes on.
  const whole = written.includes('${') ? (URL_SCHEME.exec(source.lineOf(file, line) ?? '')?.[0] ?? written) : written;
  const value = (reference && lookup(reference.name)) ?? fillIn(whole, lookup);
  const url = value === undefined ? undefined : parseConnectionUrl(value);
  if (url?.kind !== 'address' || url.address.port < 1) return [];
  const { address } = url;
  const beside = surroundingsOf(file, source.textOf(file) ?? '', line, context);
  if (beside.otherEnvironment) return [];
  return [
    {
      address: {
        ...address,
        user: address.user ?? beside.user,
        password: address.password ?? beside.password,
      },
      kind: kindOf(address.engine),
      variable: reference?.name,
      at: { file, line },
    },
  ];
}

/** `${DB_HOST:localhost}`, `${process.env.DB_HOST}`, `{DB_HOST}`: a name that is a variable's stands for its value. */
function fillIn(text: string, lookup: AddressContext['lookup']): string | undefined {
  const plain = text.replace(/\$?\{\s*(?:process\.env\.)?([A-Z][A-Z0-9_]*)\s*\}/g, (whole, name: string) => {
    const value = lookup(name);
    return value === undefined ? whole : encodeURIComponent(value);
  });
  return expandValue(plain, lookup);
}
