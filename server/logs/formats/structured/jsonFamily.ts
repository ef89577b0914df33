import type { FormatFamily } from '../formatFamily.ts';
import { detectDocuments } from './detectDocuments.ts';
import { detectJson, sampleJson } from './detectJson.ts';
import { DocumentFormat } from './documentFormat.ts';
import { JsonFormat } from './jsonFormat.ts';
import { detectWrapped, WrappedFormat } from './wrappedFormat.ts';

/** A record is an object of JSON: in one line, whose text may be a line of another log, or over several. */
export const jsonFamily: FormatFamily = {
  id: 'json',
  detect(sample, facts, inner) {
    const documents = detectDocuments(sample, facts);
    if (documents) return documents;
    const found = sampleJson(sample);
    if (!found) return undefined;
    const json = detectJson(found, facts);
    return (json.flavour?.wraps && inner && detectWrapped(sample, facts, json, json.flavour.wraps, inner)) ?? json;
  },
  create(plan, inner) {
    if (plan.id === 'json') return new JsonFormat(plan);
    if (plan.id === 'json-documents') return new DocumentFormat(plan);
    return plan.id === 'json-wrapped' ? new WrappedFormat(plan, inner) : undefined;
  },
};
