/** Calls the peer of PEER_URL for each request, with a timeout, and logs what fails: by its address when NAMES is set. */
export const CALLER = `const net = require('node:net');
const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);
const peer = new URL(process.env.PEER_URL);
const call = () => new Promise((resolve, reject) => {
  const socket = net.connect(Number(peer.port), peer.hostname, () => socket.write('GET / HTTP/1.0\\r\\n\\r\\n'));
  const timer = setTimeout(() => socket.destroy(new Error(process.env.NAMES ? 'connect to ' + peer.host + ' timed out' : 'The operation was aborted due to timeout')), 700);
  socket.once('data', () => { clearTimeout(timer); socket.destroy(); resolve(); });
  socket.once('error', (error) => { clearTimeout(timer); reject(error); });
});
require('node:http').createServer(async (q, s) => {
  try { await call(); log('INFO ', 'GET ' + q.url + ' 200'); s.end('ok'); }
  catch (error) { log('ERROR', 'request for the peer failed: ' + error.message); s.writeHead(502).end(); }
}).listen(Number(process.env.PORT), '127.0.0.1', () => log('INFO ', 'listening'));
`;

/** Answers every request at once; on ADDRESS. */
export const ANSWERING_PEER = `require('node:http').createServer((q, s) => s.end('ok')).listen(Number(process.env.PORT), process.env.ADDRESS)`;

/** Takes connections and never says a word. */
export const SILENT_PEER = `require('node:net').createServer(() => undefined).listen(Number(process.env.PORT), process.env.ADDRESS)`;
