/**
 * Stays up whatever its database does, with a pool of three. `/` reads, `/pay` changes a row, `/swap` changes two in the
 * order of its query, `/hold` leaves its transaction open, `/leak` keeps a connection, `/ask` runs STATEMENT of its environment.
 */
export const POSTGRES_SERVICE = `const http = require('node:http');
const { Pool } = require('pg');
const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  max: 3,
  connectionTimeoutMillis: 2500,
  statement_timeout: Number(process.env.STATEMENT_TIMEOUT || 0),
  lock_timeout: Number(process.env.LOCK_TIMEOUT || 0),
});
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' [shop] ' + text);
pool.on('error', (error) => log('WARN ', 'idle client: ' + error.message));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const work = {
  '/': () => pool.query('select 1'),
  '/pay': () => pool.query('UPDATE orders SET paid = paid + 1 WHERE id = $1', [1]),
  '/swap': async (url) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      for (const id of url.searchParams.get('ids').split(',')) {
        await client.query('UPDATE orders SET paid = paid + 1 WHERE id = $1', [Number(id)]);
        await pause(300);
      }
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  },
  '/hold': async () => {
    const client = await pool.connect();
    client.on('error', () => undefined);
    await client.query('BEGIN');
    await client.query("UPDATE orders SET paid = 777001 WHERE id = 2 AND 'amber' <> ''");
  },
  '/leak': async () => {
    const client = await pool.connect();
    await client.query('select 1');
  },
  '/ask': async () => {
    const begin = Date.now();
    await pool.query(process.env.STATEMENT, JSON.parse(process.env.VALUES || '[]'));
    const ms = Date.now() - begin;
    if (ms > Number(process.env.SLOW_MS || 250)) log('WARN ', 'slow query (' + ms + ' ms): ' + process.env.STATEMENT);
  },
};
http.createServer((request, response) => {
  const url = new URL(request.url, 'http://x');
  work[url.pathname](url).then(() => {
    log('INFO ', request.url + ' 200');
    response.end('ok');
  }, (error) => {
    log('ERROR', request.url + ' 500 ' + (error.code ? error.code + ': ' : '') + error.message);
    response.writeHead(500).end();
  });
}).listen(Number(process.env.PORT), '127.0.0.1', () => log('INFO ', 'ready'));
`;
