/** Asks its MySQL at the start and ends when it cannot. */
export const EAGER_MYSQL_SERVICE = `const mysql = require('mysql2/promise');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);
(async () => {
  log('INFO ', 'starting');
  const connection = await mysql.createConnection(process.env.DATABASE_URL);
  await connection.query('select 1');
  log('INFO ', 'database ready');
  require('node:http').createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');
})();
`;

/** Stays up whatever its database does. `/` reads, `/pay` changes a row, `/swap` changes two rows in the order of its query. */
export const PATIENT_MYSQL_SERVICE = `const http = require('node:http');
const mysql = require('mysql2/promise');
const pool = mysql.createPool({ uri: process.env.DATABASE_URL, connectionLimit: 3 });
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' [shop] ' + text);
const work = {
  '/': () => pool.query('select 1'),
  '/pay': async () => {
    const connection = await pool.getConnection();
    try {
      await connection.query('SET SESSION innodb_lock_wait_timeout = ' + (process.env.LOCK_WAIT || 50));
      await connection.query('UPDATE orders SET paid = paid + 1 WHERE id = 1');
    } finally {
      connection.release();
    }
  },
  '/swap': async (url) => {
    const connection = await pool.getConnection();
    try {
      await connection.beginTransaction();
      for (const id of url.searchParams.get('ids').split(',')) {
        await connection.query('UPDATE orders SET paid = paid + 1 WHERE id = ' + Number(id));
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      await connection.commit();
    } catch (error) {
      await connection.rollback();
      throw error;
    } finally {
      connection.release();
    }
  },
};
http.createServer((request, response) => {
  const url = new URL(request.url, 'http://x');
  work[url.pathname](url).then(() => {
    log('INFO ', request.url + ' 200');
    response.end('ok');
  }, (error) => {
    log('ERROR', request.url + ' 500 ' + error.code + ': ' + error.message);
    response.writeHead(500).end();
  });
}).listen(Number(process.env.PORT), '127.0.0.1', () => log('INFO ', 'ready'));
`;
