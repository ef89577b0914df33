import type { Finding } from '../../protocol/diagnosis.ts';
import { TektraError } from '../../protocol/errors.ts';
import { lastFindings } from './lastFindings.ts';

/**
 * The finding of the last diagnosis that a command names: by its id or by its cause.
 * @throws TektraError request.invalid, finding.unknown
 */
export async function chooseFinding(
  positionals: readonly string[],
  workspace: string,
  signal: AbortSignal,
): Promise<Finding> {
  const [name, ...others] = positionals;
  const findings = await lastFindings(workspace, signal);
  const known = findings.map(({ id, cause, target }) => `${id} (${cause} of ${target})`).join(', ');
  const action = known === '' ? 'Nothing was found in this folder; run tektra diagnose.' : `Choose one of: ${known}.`;
  if (name === undefined || others.length > 0)
    throw new TektraError('request.invalid', 'Name one finding.', { action });
  const finding = findings.find(({ id, cause }) => id === name || cause === name);
  if (!finding) throw new TektraError('finding.unknown', `The last diagnosis has no finding "${name}".`, { action });
  return finding;
}
