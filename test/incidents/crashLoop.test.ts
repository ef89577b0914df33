import { describeIncidents } from '../support/describeIncidents.ts';

const PACKAGE = '{ "name": "feed", "scripts": { "start": "node index.js" } }\n';
const LOG = "const log = (level, text) => console.log(new Date().toISOString() + ' ' + level + ' ' + text);\n";

describeIncidents('process.crash-loop', [
  {
    name: 'a TypeError on every start',
    files: {
      'package.json': PACKAGE,
      'index.js': `${LOG}log('INFO ', 'starting feed');\nconst plan = [{ items: [] }];\nplan[1].items.push(1);\n`,
    },
    start: ['node', 'index.js'],
    times: 3,
    root: {
      cause: 'process.crash-loop',
      target: 'feed',
      mentions: ['3 times', 'TypeError', 'index.js:4'],
      confidence: 'proved',
    },
  },
  {
    name: 'an assertion of Python, which prints some lines first',
    files: {
      Procfile: 'worker: python3 worker.py\n',
      'worker.py':
        "for name in ('a', 'b', 'c'):\n    print('queue', name)\nassert 1 + 1 == 3, 'arithmetic is broken'\n",
    },
    start: ['python3', 'worker.py'],
    root: { cause: 'process.crash-loop', target: 'worker', mentions: ['arithmetic is broken', 'worker.py:3'] },
  },
  {
    name: 'a supervisor in the shell that starts it again and again, at this moment, too',
    files: {
      Procfile: 'worker: node worker.js\n',
      'worker.js':
        "console.log('worker starting');\nsetTimeout(() => { throw new RangeError('cursor out of bounds'); }, 100);\n",
    },
    prepare: async (scenario) => {
      await scenario.start(['sh', '-c', 'while :; do node worker.js; sleep 0.2; done'], { log: 'logs/worker.log' });
      await scenario.until('logs/worker.log', 'cursor out of bounds');
      const { readFile } = await import('node:fs/promises');
      for (let tries = 0; tries < 300; tries++) {
        const text = await readFile(`${scenario.workspace}/logs/worker.log`, 'utf8');
        if (text.split('Node.js v').length > 3) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('the supervisor did not start it three times');
    },
    root: { cause: 'process.crash-loop', target: 'worker', mentions: ['cursor out of bounds'] },
  },
  {
    name: 'only the logger speaks, at level error',
    files: {
      'package.json': PACKAGE,
      'index.js': `${LOG}log('INFO ', 'starting feed');\nlog('ERROR', 'cannot start: schema version 7 is newer than 5');\nprocess.exit(1);\n`,
    },
    start: ['node', 'index.js'],
    times: 3,
    root: { cause: 'process.crash-loop', target: 'feed', mentions: ['schema version 7 is newer than 5'] },
  },
  {
    name: 'systemd, each line with its own stamp',
    files: { Procfile: 'feed: python3 feed.py\n', 'feed.py': '' },
    noise: '',
    log: 'logs/journal.log',
    recorded: `Nov 23 18:04:05 box systemd[1]: Started feed.service - Feed.
Nov 23 18:04:05 box feed[4121]: Traceback (most recent call last):
Nov 23 18:04:05 box feed[4121]:   File "/srv/feed/feed.py", line 12, in <module>
Nov 23 18:04:05 box feed[4121]:     rate = total / count
Nov 23 18:04:05 box feed[4121]:            ~~~~~~^~~~~~~
Nov 23 18:04:05 box feed[4121]: ZeroDivisionError: division by zero
Nov 23 18:04:05 box systemd[1]: feed.service: Main process exited, code=exited, status=1/FAILURE
Nov 23 18:04:05 box systemd[1]: feed.service: Failed with result 'exit-code'.
Nov 23 18:04:10 box systemd[1]: feed.service: Scheduled restart job, restart counter is at 4.
Nov 23 18:04:10 box feed[4133]: Traceback (most recent call last):
Nov 23 18:04:10 box feed[4133]:   File "/srv/feed/feed.py", line 12, in <module>
Nov 23 18:04:10 box feed[4133]:     rate = total / count
Nov 23 18:04:10 box feed[4133]: ZeroDivisionError: division by zero
Nov 23 18:04:10 box systemd[1]: feed.service: Main process exited, code=exited, status=1/FAILURE
`,
    root: {
      cause: 'process.crash-loop',
      target: 'feed',
      mentions: ['ZeroDivisionError: division by zero', /logs\/journal\.log:\d+/],
    },
  },
  {
    name: 'nodemon, which waits for a change',
    files: { 'package.json': '{ "name": "feed", "scripts": { "dev": "nodemon index.js" } }\n', 'index.js': '' },
    noise: '',
    recorded: `[nodemon] 3.1.4
[nodemon] to restart at any time, enter \`rs\`
[nodemon] starting \`node index.js\`
/srv/feed/index.js:3
const n = settings.pages.length;
                         ^

TypeError: Cannot read properties of undefined (reading 'length')
    at Object.<anonymous> (/srv/feed/index.js:3:26)

Node.js v22.14.0
[nodemon] app crashed - waiting for file changes before starting...
`,
    root: { cause: 'service.down', target: 'feed', mentions: [/Cannot read properties of undefined/] },
  },
]);
