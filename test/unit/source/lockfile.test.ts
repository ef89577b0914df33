import { describe, expect, it } from 'vitest';
import { lacksPackage } from '../../../server/diagnosis/source/lockfile.ts';

describe('entries of lockfiles', () => {
  it.each([
    ['package-lock.json', '{ "packages": { "node_modules/pg": { "version": "8.1.0" } } }', 'node', 'pg', false],
    ['package-lock.json', '{ "dependencies": { "pg": { "version": "8.1.0" } } }', 'node', 'pg', false],
    ['package-lock.json', '{ "packages": { "node_modules/pg-pool": { "version": "8.1.0" } } }', 'node', 'pg', true],
    ['yarn.lock', 'pg@^8.0.0:\n  version "8.1.0"\n"@scope/x@^1":\n', 'node', '@scope/x', false],
    ['yarn.lock', 'pg-pool@^8.0.0:\n', 'node', 'pg', true],
    ['pnpm-lock.yaml', "packages:\n\n  '@scope/x@1.0.0':\n  pg@8.1.0:\n", 'node', 'pg', false],
    ['pnpm-lock.yaml', "packages:\n\n  '@scope/x@1.0.0':\n", 'node', '@scope/x', false],
    ['pnpm-lock.yaml', 'packages:\n\n  pg-pool@8.1.0:\n', 'node', 'pg', true],
    ['poetry.lock', '[[package]]\nname = "python-dotenv"\n', 'python', 'python_dotenv', false],
    ['uv.lock', '[[package]]\nname = "flask"\n', 'python', 'django', true],
    ['apps/x/Pipfile.lock', '{ "default": { "flask": {} } }', 'python', 'flask', false],
    ['poetry.lock', '', 'node', 'pg', false],
    ['go.sum', '', 'go', 'x', false],
  ])('%s %j %s %s: %s', (file, text, language, name, answer) => {
    expect(lacksPackage(file, text, language, name)).toBe(answer);
  });
});
