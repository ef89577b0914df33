import type { Finding } from '../../../server/protocol/diagnosis.ts';
import { askTerm, type Term } from '../../editor/askTerm.ts';

/** Asks how long and why a finding is not to be told. `undefined`: the user gave up. */
export function askSuppression({ summary }: Finding): Promise<Term | undefined> {
  return askTerm({
    title: 'Suppress this finding',
    subject: summary,
    forever: { label: 'Until it changes', description: 'another port, variable or file is another finding' },
  });
}
