import { describe, expect, it } from 'vitest';
import { hasFailed, isOfferWorthy } from '../../client/editor/offerWorthy.ts';

describe('what is worth an offer to diagnose', () => {
  it.each([
    'npm start',
    'npm run dev',
    'node server.js',
    './run.sh --port 80',
    'PORT=3000 node server.js',
    'cd api && npm start',
    'npx ts-node src/main.ts',
    'docker compose up -d',
    'docker run --rm api',
    'python3 -m api.main',
    'uv run uvicorn app:app',
    'poetry run python app.py',
    'go run ./cmd/api',
    'cargo run',
    'systemctl restart api',
    'make run',
    '/usr/local/bin/api serve',
  ])('%s', (line) => expect(isOfferWorthy(line)).toBe(true));

  it.each([
    '',
    'grep -r TODO .',
    'git push',
    'ls /nowhere',
    'npm test',
    'npm run lint',
    'npx vitest run',
    'node server.js | grep error',
    'docker ps',
    'go test ./...',
    'cargo build',
    'tektra diagnose',
    '[ -f .env ]',
    'python3 -m pytest',
    'kubectl get pods',
    'pnpm install',
    'sleep 5',
    '* Executing task: node server.js',
  ])('not: %s', (line) => expect(isOfferWorthy(line)).toBe(false));

  it('knows what the user ended', () => {
    expect([1, 2, 127, 134, 137, 139].every((code) => hasFailed(code))).toBe(true);
    expect([0, 130, 143, 129, undefined].some((code) => hasFailed(code))).toBe(false);
  });
});
