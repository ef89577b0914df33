/** What is plainly wrong with a key, without asking anybody. */
export type KeyFault = 'empty' | 'placeholder' | 'quoted' | 'spaced' | 'prefixed' | 'wrongProvider';

const PLACEHOLDER =
  /^(?:change[-_ ]?me.*|your[-_ ].*|.*your[-_ ]?(?:own[-_ ]?)?(?:api|secret|access)?[-_ ]?(?:key|token).*|<.*>|\{\{.*\}\}|\$\{.*\}|\[.*\]|x{3,}[-x]*|\*{3,}|todo.*|fixme|replace.*|insert[-_ ].*|put[-_ ].*|enter[-_ ].*|dummy.*|fake.*|none|null|undefined|placeholder.*|example.*|.*\.{3}|.*…|secret|test|key|token|api[-_]?key|abc123|1234567?8?9?0?|sk-x{3,}.*|foo|bar|foobar)$/i;
const QUOTES = /^(?:".*"|'.*'|`.*`|[“”„‘’].*[“”‘’])$/s;

/** The form of the keys that a provider gives out, by the words that its variable's name holds. */
const FORMS: readonly (readonly [RegExp, RegExp, string])[] = [
  [/ANTHROPIC|CLAUDE/i, /^sk-ant-/, 'sk-ant-'],
  [/OPENAI/i, /^sk-/, 'sk-'],
  [/GITHUB|^GH_/i, /^(?:gh[pousr]_|github_pat_|[0-9a-f]{40}$|eyJ)/, 'ghp_ or github_pat_'],
  [/HUGGING_?FACE|^HF_/i, /^(?:hf_|api_org_)/, 'hf_'],
  [/STRIPE_(?:SECRET|API)/i, /^(?:sk|rk)_(?:live|test)_/, 'sk_live_ or sk_test_'],
  [/SLACK_(?:BOT|USER|API)?_?TOKEN/i, /^xox[a-z]-/, 'xox?-'],
  [/SENDGRID/i, /^SG\./, 'SG.'],
  [/GROQ/i, /^gsk_/, 'gsk_'],
  [/AWS_ACCESS_KEY_ID/i, /^A(?:KIA|SIA)[A-Z2-7]{16}$/, 'AKIA or ASIA and 16 more signs'],
];

/**
 * @param own the key is for a peer that the provider does not run (an address of the user's own): any form will do then
 * @returns what is wrong, with words for a person that hold nothing of the key; undefined when nothing is
 */
export function faultOfKey(
  name: string,
  value: string,
  own: boolean,
): { fault: KeyFault; because: string } | undefined {
  if (value.trim() === '') return { fault: 'empty', because: 'it is empty' };
  if (PLACEHOLDER.test(value.trim()))
    return { fault: 'placeholder', because: 'it still holds a placeholder, not a key' };
  if (QUOTES.test(value)) return { fault: 'quoted', because: 'quotes are part of its value' };
  if (/^(?:Bearer|Token|Basic) /i.test(value))
    return { fault: 'prefixed', because: 'the word of the header is part of its value' };
  if (/\s/.test(value)) return { fault: 'spaced', because: 'blanks or line ends are part of its value' };
  const form = own ? undefined : FORMS.find(([names]) => names.test(name));
  if (form && !form[1].test(value))
    return { fault: 'wrongProvider', because: `keys of that provider begin with ${form[2]}, and this one does not` };
  return undefined;
}
