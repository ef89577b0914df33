// `npm run manifest`: writes the manifest's keys into package.json and leaves the other keys as they are.
import { readFileSync, writeFileSync } from 'node:fs';
import { manifest } from './manifest.ts';

const file = new URL('../../package.json', import.meta.url);
const before = JSON.parse(readFileSync(file, 'utf8'));
writeFileSync(file, `${JSON.stringify({ ...before, ...manifest }, null, 2)}\n`);
