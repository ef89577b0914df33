/** A route that a service itself offers to tell how it is. */
export interface HealthRoute {
  path: string;
  file: string;
  line: number;
  text: string;
}

/** A path that begins at the root and ends in a name that means health everywhere; never one inside a full URL, which is another program's. */
const ROUTE =
  /(?<![\w:/.}])['"`](\/(?:[\w-]+\/){0,3}(?:_{0,2}health(?:z|check|-check|_check)?|readyz?|readiness|livez?|liveness|ping))\/?['"`]/;
/** Lines that offer a route or compare a request with it, rather than call one. */
const SERVES =
  /\b(?:get|route|use|path|url|match|handle(?:func)?|mapping|GET|all|add_url_rule|pathname|location|case|when)\b|===?|@/i;
const CALLS = /\bfetch\(|axios|requests\.|http\.get\(|curl|\bwget\b|healthcheck:|--health/i;
const COMMENT = /^\s*(?:\/\/|#|\*|\/\*)/;

export function healthRoutesIn(file: string, text: string): HealthRoute[] {
  return text.split(/\r?\n/).flatMap((content, index) => {
    const path =
      COMMENT.test(content) || CALLS.test(content) || !SERVES.test(content) ? undefined : ROUTE.exec(content)?.[1];
    return path === undefined ? [] : [{ path, file, line: index + 1, text: content.trim().slice(0, 200) }];
  });
}
