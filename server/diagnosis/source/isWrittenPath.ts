import type { SourceFacts } from './sourceFacts.ts';

/**
 * Whether the workspace's own code or configuration has the path of an address. One that stands in a log alone may have been
 * written there by anybody: nothing is requested of it.
 */
export function isWrittenPath({ pathname }: URL, source: SourceFacts): boolean {
  return pathname === '/' || source.files.some((file) => source.textOf(file)?.includes(pathname) === true);
}
