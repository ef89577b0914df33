import { parseQuantity, unitOfName } from './parseQuantity.ts';
import type { FieldTest, NumberRange } from './query.ts';
import { textMatcher } from './textMatcher.ts';

/**
 * The value of a field by its path: as a whole name (`http.status` is a key in many logs), or step by step into nested
 * objects. undefined: there is none; a field that is null is none either.
 */
export function fieldOf(fields: Record<string, unknown>, path: string): unknown {
  if (Object.hasOwn(fields, path)) return fields[path] ?? undefined;
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot);
    const inner = Object.hasOwn(fields, head) ? fields[head] : undefined;
    if (typeof inner !== 'object' || inner === null) continue;
    const found = fieldOf(inner as Record<string, unknown>, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a field's value passes; of a list, whether one of its values does. No value never passes. */
export function fieldTester(test: FieldTest, path: string): (value: unknown) => boolean {
  const one = scalarTester(test, path);
  return (value) =>
    Array.isArray(value) ? value.some((item) => isThere(item) && one(item)) : isThere(value) && one(value);
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function scalarTester(test: FieldTest, path: string): (value: unknown) => boolean {
  switch (test.kind) {
    case 'exists':
      return () => true;
    case 'pair':
      return scalarTester(test.field, path);
    case 'text': {
      const matches = textMatcher(test.match);
      return (value) => typeof value !== 'object' && matches(String(value)) !== (test.not ?? false);
    }
    case 'order':
      return (value) => typeof value === 'string' && isOrdered(value, test.op, test.text);
    case 'number':
      return (value) => numberPasses(value, test, path) !== (test.not ?? false) && typeof value !== 'object';
  }
}

function isOrdered(value: string, op: '<' | '<=' | '>' | '>=', text: string): boolean {
  switch (op) {
    case '<':
      return value < text;
    case '<=':
      return value <= text;
    case '>':
      return value > text;
    case '>=':
      return value >= text;
  }
}

function numberPasses(value: unknown, test: Extract<FieldTest, { kind: 'number' }>, path: string): boolean {
  if (typeof value === 'bigint') return isWithin(Number(value), test.range);
  const quantity = typeof value === 'number' ? { value } : typeof value === 'string' ? parseQuantity(value) : undefined;
  if (!quantity)
    return test.text !== undefined && typeof value === 'string' && value.toLowerCase() === test.text.toLowerCase();
  const unit = 'unit' in quantity ? quantity.unit : undefined;
  if (unit !== undefined && test.unit !== undefined && unit !== test.unit) return false;
  // `latency > 1s` against `latency_us: 1500000`.
  const factor = unit === undefined && test.unit !== undefined ? unitOfName(path, test.unit) : 1;
  return isWithin(quantity.value * factor, test.range);
}

export function isWithin(value: number, { from, to, above, below }: NumberRange): boolean {
  if (from !== undefined && !(above ? value > from : value >= from)) return false;
  return to === undefined || (below ? value < to : value <= to);
}
