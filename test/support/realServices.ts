import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { productRoot } from './locations.ts';
import type { Scenario } from './scenario.ts';

/** Gives a workspace the packages that its programs require, as `npm install` would. */
export async function installPackages(scenario: Scenario): Promise<void> {
  await symlink(path.join(productRoot, 'node_modules'), path.join(scenario.workspace, 'node_modules'));
}

/** A manifest whose `start` runs `app.js` with the variables of `.env`. */
export function manifest(name: string, packages: readonly string[] = ['pg']): string {
  const dependencies = Object.fromEntries(packages.map((each) => [each, '*']));
  return `${JSON.stringify({ name, private: true, scripts: { start: 'node --env-file=.env app.js' }, dependencies }, null, 2)}\n`;
}

/** The command of that script. */
export const START = ['node', '--env-file=.env', 'app.js'] as const;

/** Asks its database at the start and ends when it cannot. */
export const EAGER_SERVICE = `const { Client } = require('pg');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);
(async () => {
  log('INFO ', 'starting');
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query('select 1');
  log('INFO ', 'database ready');
  require('node:http').createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');
})();
`;

/** Stays up whatever its database does, and answers 503 with a line in its log. PING goes to Redis when REDIS_URL is set. */
export const PATIENT_SERVICE = `const http = require('node:http');
const net = require('node:net');
const { Pool } = require('pg');
const pool = new Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 1500 });
const log = (level, fields) => console.log(JSON.stringify({ time: new Date().toISOString(), level, ...fields }));
pool.on('error', (error) => log('error', { msg: 'pool', err: error.message }));
const ping = () => new Promise((resolve, reject) => {
  if (!process.env.REDIS_URL) return resolve();
  const { hostname, port } = new URL(process.env.REDIS_URL);
  const socket = net.connect(Number(port), hostname, () => socket.write('PING\\r\\n'));
  socket.once('data', () => { socket.destroy(); resolve(); }).once('error', reject);
});
http.createServer(async (request, response) => {
  try {
    await ping().catch((error) => log('warn', { msg: 'cache unavailable, going on without', err: error.message }));
    await pool.query('select 1');
    log('info', { msg: 'handled', path: request.url, status: 200 });
    response.end('ok');
  } catch (error) {
    log('error', { msg: 'handled', path: request.url, status: 503, err: error.message, code: error.code });
    response.writeHead(503).end('try again later');
  }
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

/** GETs a path of a local service and returns the status; fails when nobody answers. */
export async function statusOf(port: number, place = '/items/1'): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}${place}`, { signal: AbortSignal.timeout(8_000) })).status;
}
