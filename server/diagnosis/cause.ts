import type { Advice, Category, Evidence, Fix } from '../protocol/diagnosis.ts';
import type { Observer } from './observer.ts';

/** The target of causes that concern the whole machine: they explain symptoms of every target on it. */
export const HOST_TARGET = 'host';

export interface Proved {
  verdict: 'proved';
  target: string;
  summary: string;
  confidence: 'proved' | 'likely';
  evidence: Evidence[];
  fixes: Fix[];
  /** What this case needs said otherwise than the cause's own advice. */
  advice?: Partial<Advice>;
  /** As the cause's own, for this case alone. */
  breaksNothing?: boolean;
}

export interface Refuted {
  verdict: 'refuted';
  target: string;
  because: string;
  evidence: Evidence[];
}

export interface Undecided {
  verdict: 'unknown';
  target?: string;
  because: string;
  /** The cheapest observation that would decide it, for a person. */
  next?: string;
}

/** What a cause says of one target. No judgement at all means that nothing made it a suspect. */
export type Judgement = Proved | Refuted | Undecided;

export function proved(
  finding: Omit<Proved, 'verdict' | 'confidence' | 'fixes'> & Partial<Pick<Proved, 'confidence' | 'fixes'>>,
): Proved {
  return { verdict: 'proved', confidence: 'proved', fixes: [], ...finding };
}

export function refuted(answer: Omit<Refuted, 'verdict' | 'evidence'> & Partial<Pick<Refuted, 'evidence'>>): Refuted {
  return { verdict: 'refuted', evidence: [], ...answer };
}

export function unknown(answer: Omit<Undecided, 'verdict'>): Undecided {
  return { verdict: 'unknown', ...answer };
}

// biome-ignore lint/suspicious/noExplicitAny: observers of every result type stand side by side in one `needs`
type Needs = Readonly<Record<string, Observer<any>>>;

/** The facts that a cause gets: the results of the observers that it needs, by the same names. */
export type Facts<N extends Needs> = { readonly [K in keyof N]: N[K] extends Observer<infer T> ? T : never };

export interface Cause<N extends Needs = Needs> {
  /** `noun.condition`, from the list of `CONTRACT.md`. */
  readonly id: string;
  readonly category: Category;
  /** What it means, for a person, without the particulars of a case. */
  readonly summary: string;
  readonly needs: N;
  /** Said of every finding of it: why we are sure, what to do first, how to know that it worked. */
  readonly advice: Advice;
  /**
   * Ids of the causes that follow from this one, on the same target or on one that depends on it.
   * A proved finding that another explains is a symptom, not the root.
   */
  readonly explains: readonly string[];
  /** It harms, but nothing fails over it: such a finding stands behind everything that does. */
  readonly breaksNothing?: boolean;
  /** Pure: facts in, judgements out. */
  judge(facts: Facts<N>): Judgement[];
}

/** Everything that Tektra knows of one way to fail. One file each; see ARCHITECTURE.md, "Add a cause". */
export function defineCause<const N extends Needs>(cause: Cause<N>): Cause<N> {
  return cause;
}
