import type { Scenario } from './scenario.ts';

/** Writes a session into Redis for each request but `/read`, which only reads one; an error of Redis, or none at all, is a 500. */
const SESSIONS = `const http = require('node:http');
const net = require('node:net');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' [sessions] ' + text);
const target = new URL(process.env.REDIS_URL);
const send = (...words) => new Promise((resolve, reject) => {
  const socket = net.connect(Number(target.port), target.hostname, () => {
    const encode = (list) => '*' + list.length + '\\r\\n' + list.map((word) => '$' + word.length + '\\r\\n' + word + '\\r\\n').join('');
    if (target.password) socket.write(encode(['AUTH', decodeURIComponent(target.password)]));
    socket.write(encode(words));
  });
  let text = '';
  socket.setTimeout(4000, () => reject(new Error('redis did not answer')));
  socket.once('error', reject).on('data', (data) => {
    text += data;
    const error = /^-(.*)\\r/m.exec(text);
    if (error) reject(new Error('redis: ' + error[1]));
    else if (target.password ? /\\+OK\\r\\n[^]*\\r\\n/.test(text) : /\\r\\n/.test(text)) resolve();
    else return;
    socket.destroy();
  });
});
let count = 0;
http.createServer((request, response) => {
  const started = Date.now();
  const asked = request.url === '/read' ? send('GET', 'session:1') : send('SET', 'session:' + ++count, 'x'.repeat(1000));
  asked.then(() => {
    log('INFO ', request.url + ' 200 ' + (Date.now() - started) + 'ms');
    response.end('ok');
  }, (error) => {
    log('ERROR', request.url + ' 500 ' + error.message);
    response.writeHead(500).end();
  });
}).listen(Number(process.env.PORT), '127.0.0.1', () => log('INFO ', 'ready'));
`;

/** Gives a workspace a service that keeps its sessions in the Redis of REDIS_URL. */
export async function writeSessionService(scenario: Scenario, port: number, redisUrl: string): Promise<void> {
  await scenario.write({
    'package.json':
      '{ "name": "sessions", "scripts": { "start": "node --env-file=.env app.js" }, "dependencies": { "redis": "^4.0.0" } }\n',
    'node_modules/redis/package.json': '{ "name": "redis", "version": "4.0.0" }\n',
    'app.js': SESSIONS,
    '.env': `PORT=${port}\nREDIS_URL=${redisUrl}\n`,
  });
}
