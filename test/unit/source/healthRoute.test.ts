import { describe, expect, it } from 'vitest';
import { healthRoutesIn } from '../../../server/diagnosis/source/healthRoute.ts';

const pathsOf = (line: string): string[] => healthRoutesIn('a.js', line).map((route) => route.path);

describe('health routes in code', () => {
  it.each([
    ["app.get('/healthz', (req, res) => res.send('ok'));", '/healthz'],
    ['@app.get("/api/v1/health")', '/api/v1/health'],
    ['@app.route("/ping")', '/ping'],
    ["if (request.url === '/ready') return;", '/ready'],
    ['http.HandleFunc("/livez", live)', '/livez'],
    ['@GetMapping("/health")', '/health'],
    ["get '/health', to: 'health#show'", '/health'],
    ['path("/health/", views.health),', '/health'],
  ])('%s', (line, path) => expect(pathsOf(line)).toEqual([path]));

  it.each([
    "await fetch('/health');",
    "const url = 'http://payments.internal/health';",
    "// app.get('/health')",
    "test: ['CMD', 'curl', '-f', 'http://localhost/health']",
    "const title = 'health';",
    "app.get('/healthy-recipes', list);",
    "axios.get('/health')",
  ])('not in: %s', (line) => expect(pathsOf(line)).toEqual([]));
});
