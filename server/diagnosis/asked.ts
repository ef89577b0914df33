import {
  type Asked,
  CATEGORY_NAMES,
  type Category,
  type DiagnosisQuestion,
  type Finding,
} from '../protocol/diagnosis.ts';
import type { Cause } from './cause.ts';
import { readSymptom } from './symptom.ts';
import type { Target } from './targets/target.ts';
import type { Verdict } from './verdict.ts';

/** What the user asked about, as it was understood. */
export type Question = Omit<Asked, 'answer'>;

const UNSEEN = ', as far as it could be observed';

/** Undefined when the request asks about nothing in particular. */
export function questionOf({ about, symptom }: DiagnosisQuestion, targets: readonly Target[]): Question | undefined {
  const text = symptom?.replace(/\s+/g, ' ').trim() ?? '';
  if (about === undefined && text === '') return undefined;
  const read = readSymptom(text, targets);
  const chosen = about === undefined ? [] : [about];
  return {
    ...(about === undefined ? {} : { about }),
    ...(text === '' ? {} : { symptom: text }),
    ...read,
    categories: [...new Set([...chosen, ...read.categories])],
  };
}

/**
 * The roots that the question is about come first, most fitting first; nothing is left out and no symptom gets ahead of its
 * root. Ids follow the new order.
 */
export function putAskedFirst(verdict: Verdict, question: Question): Verdict {
  const closeness = closenessTo(question, verdict.findings);
  const rank = (finding: Finding): number => (isRoot(finding, verdict.findings) ? closeness(finding) : 0);
  const ordered = [...verdict.findings].sort((a, b) => rank(b) - rank(a));
  const ids = new Map(ordered.map(({ id }, index) => [id, `f${index + 1}`]));
  const renamed = (id: string): string => ids.get(id) ?? id;
  const findings = ordered.map((finding) => ({
    ...finding,
    id: renamed(finding.id),
    explains: finding.explains.map(renamed).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))),
  }));
  return { ...verdict, findings };
}

/** The answer to the question in a sentence or two. A category that is well says so, and where something is wrong instead. */
export function answerOf(question: Question, verdict: Verdict, causes: readonly Cause[]): string {
  const { findings } = verdict;
  const closeness = closenessTo(question, findings);
  const roots = findings.filter((finding) => isRoot(finding, findings));
  const fitting = roots.filter((root) => closeness(root) > 0);
  const others = roots.filter((root) => closeness(root) === 0);
  if (question.categories.length === 0 && question.targets.length === 0)
    return `No word of this was recognised, so everything was looked at alike: ${countText(roots) || 'nothing is broken'}.`;
  const blind = isBlind(question, verdict, causes);
  const ofKind = closenessTo({ ...question, targets: [] }, findings);
  const [answer, otherwise] =
    fitting.length === 0
      ? [nothingText(question, blind), ' Nothing else was found to be broken.']
      : question.categories.length > 0 && !fitting.some((root) => ofKind(root) > 0)
        ? [otherKindText(question, blind), '']
        : [foundText(question, fitting), ''];
  return `${answer}${others.length === 0 ? otherwise : ` Elsewhere: ${countText(others)}.`}`;
}

function foundText({ about, symptom }: Question, fitting: readonly Finding[]): string {
  const several = fitting.length > 1;
  if (about === undefined || symptom !== undefined)
    return `What you describe fits the ${several ? `first ${fitting.length} root causes` : 'root cause'} below.`;
  const elsewhere = fitting.find(({ category }) => category !== about);
  if (elsewhere && !several)
    return `${CATEGORY_NAMES[about]} is affected, but the root cause lies in ${CATEGORY_NAMES[elsewhere.category]}.`;
  return `${CATEGORY_NAMES[about]}: ${several ? `the first ${fitting.length} root causes are` : 'the root cause is'} below.`;
}

/** The target is ill, but not in the way that the user describes. */
function otherKindText({ categories, targets }: Question, blind: boolean): string {
  const names = categories.map((category) => CATEGORY_NAMES[category]).join(' or ');
  return `Nothing wrong in ${names}${blind ? UNSEEN : ''}. Something else is wrong with ${targets.join(' or ')}: see below.`;
}

/** What could not be looked at is not said to be well without a word of that. */
function nothingText({ about, symptom }: Question, blind: boolean): string {
  const nothing =
    about === undefined || symptom !== undefined
      ? 'Nothing found that fits what you describe'
      : `Nothing wrong in ${CATEGORY_NAMES[about]}`;
  return `${nothing}${blind ? UNSEEN : ''}.`;
}

function isBlind({ categories }: Question, { unknown }: Verdict, causes: readonly Cause[]): boolean {
  const unseen = new Set(unknown.map(({ cause }) => cause));
  return causes.some(({ id, category }) => unseen.has(id) && categories.includes(category));
}

function isRoot({ id }: Finding, findings: readonly Finding[]): boolean {
  return !findings.some(({ explains }) => explains.includes(id));
}

/** How well a finding, or anything that follows from it, fits the question; 0 for not at all. */
function closenessTo({ categories, targets }: Question, findings: readonly Finding[]): (finding: Finding) => number {
  const own = ({ category, target }: Finding): number => {
    const at = categories.indexOf(category);
    return (at === 0 ? 2 : at > 0 ? 1 : 0) + (targets.includes(target) ? 2 : 0);
  };
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const known = new Map<string, number>();
  // The verdict leaves no circles in `explains`, but many ways to the same symptom.
  const best = (finding: Finding): number => {
    const value =
      known.get(finding.id) ??
      Math.max(own(finding), ...finding.explains.flatMap((id) => byId.get(id) ?? []).map((next) => best(next)));
    known.set(finding.id, value);
    return value;
  };
  return best;
}

/** "1 finding in Network and 2 in Database"; empty for none. */
function countText(roots: readonly Finding[]): string {
  const counts = new Map<Category, number>();
  for (const { category } of roots) counts.set(category, (counts.get(category) ?? 0) + 1);
  const parts = [...counts].map(
    ([category, count], index) =>
      `${count}${index > 0 ? '' : count === 1 ? ' finding' : ' findings'} in ${CATEGORY_NAMES[category]}`,
  );
  const last = parts.pop() ?? '';
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}
