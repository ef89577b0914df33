import { isMarker } from './shapeText.ts';

/** `trace_id=`, `traceId":"`, `x-request-id: `, `correlation id `; not `span_id`. Linear: every part is bounded. */
const keyBefore = /(?:^|[^A-Za-z])(?:trace|request|req|correlation|corr|transaction)[._ -]?id["']?\s?[=:[ ]\s?["']?$/i;
const camelKeyBefore = /[a-z](?:Trace|Request|Req|Correlation)I[dD]["']?\s?[=:[ ]\s?["']?$/;

/** Which marker of a shape is a trace, request or correlation id; -1: none. */
export function findTraceMarker(text: string): number {
  let marker = -1;
  for (let at = 0; at < text.length; at += 1) {
    if (!isMarker(text.charCodeAt(at))) continue;
    marker += 1;
    const before = text.slice(Math.max(0, at - 32), at);
    if (keyBefore.test(before) || camelKeyBefore.test(before) || /[[(]req-$/.test(before)) return marker;
  }
  return -1;
}
