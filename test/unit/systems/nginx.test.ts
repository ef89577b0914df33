import { describe, expect, it } from 'vitest';
import { readAccess, readComplaint } from '../../../server/diagnosis/nginxText.ts';
import { createFiles } from '../../../server/systems/files/files.ts';
import { createNginx, type NginxConfig } from '../../../server/systems/nginx/nginx.ts';
import { parseNginx } from '../../../server/systems/nginx/parseNginx.ts';

const never = new AbortController().signal;

/** A configuration of files that exist in memory alone. */
function read(texts: Record<string, string>): Promise<NginxConfig> {
  const files: ReturnType<typeof createFiles> = {
    ...createFiles(),
    readText: async (file) => texts[file.replace('/w/', '')],
    state: async () => ({ kind: 'absent' }),
  };
  return createNginx(files).config('/w', Object.keys(texts)[0] ?? '', Object.keys(texts), never);
}

const whole = (http: string): string => `events {}\nhttp {\n${http}\n}\n`;

describe('parseNginx', () => {
  it('reads words as nginx does: quotes and # count where a word begins, } within a word is of it', () => {
    const { directives, problem } = parseNginx(
      'a "x;{}" \'y\' z#1 # c;\n;\nrewrite ^/(.*}) /${b}x;\nif ($a = b) { c d; }',
    );
    expect(problem).toBeUndefined();
    expect(directives.map(({ name, words, line }) => [name, ...words, line])).toEqual([
      ['a', 'x;{}', 'y', 'z#1', 1],
      ['rewrite', '^/(.*})', '/${b}x', 3],
      ['if', '($a', '=', 'b)', 4],
    ]);
  });

  it.each([
    ['a b }', 'unexpected "}"', 1],
    ['a {\n b;\n', 'unexpected end of file, expecting "}"', 3],
    ['a b\n', 'unexpected end of file, expecting ";" or "}"', 2],
    [';', 'unexpected ";"', 1],
    ['{', 'unexpected "{"', 1],
    ['a "b"c;', 'unexpected "c"', 1],
    ['a;\nb "c;\n', 'unexpected end of file, the " of this line is not closed', 2],
  ])('says of %j what nginx would', (text, message, line) => {
    expect(parseNginx(text).problem).toMatchObject({ message, line });
  });

  it('ends, whatever it is given', () => {
    for (const text of [
      '',
      '}'.repeat(5_000),
      '{'.repeat(5_000),
      'a {'.repeat(5_000),
      '"'.repeat(5_001),
      '\\',
      'a $',
      'x_by_lua_block {',
    ])
      expect(parseNginx(text).directives.length).toBeGreaterThanOrEqual(0);
  });
});

describe('readConfig', () => {
  it('finds servers, upstreams, their places and their patience, over includes', async () => {
    const config = await read({
      'nginx.conf': whole(
        '  proxy_read_timeout 5s;\n  include sites/*.conf;\n  upstream api { server a:1; server 127.0.0.1:2 backup; server b:3 down; server unix:/x.sock; }',
      ),
      'sites/one.conf':
        'server {\n listen [::]:8443 ssl;\n location /x/ { proxy_read_timeout 500ms; proxy_pass http://api/y; }\n location / { proxy_pass https://$up; }\n location /p { fastcgi_pass 127.0.0.1:9000; }\n}',
    });
    expect(config.problems).toEqual([]);
    expect(config.servers[0]?.listens[0]).toMatchObject({ address: '[::]', port: 8443, tls: true });
    const proxies = config.servers[0]?.proxies.map(({ location, servers, readTimeoutSeconds }) => [
      location,
      servers.map(({ host, port }) => `${host}:${port}`).join(),
      readTimeoutSeconds,
    ]);
    expect(proxies).toEqual([
      ['/x/', 'a:1,127.0.0.1:2,unix:/x.sock:0', 0.5],
      ['/', '', 5],
      ['/p', '127.0.0.1:9000', 5],
    ]);
  });

  it.each([
    ['proxy_pass in a server', 'server { proxy_pass http://a; }', '"proxy_pass" directive is not allowed here'],
    ['a server in a server', 'server { server { } }', '"server" directive is not allowed here'],
    ['two upstreams of one name', 'upstream a { server b; } upstream a { server c; }', 'duplicate upstream "a"'],
    ['an upstream without servers', 'upstream a { keepalive 2; }', 'no servers are inside upstream "a"'],
    ['a file that includes itself', 'include nginx.conf;', '"nginx.conf" includes itself'],
    ['too many words', 'server { root a b; }', 'invalid number of arguments in "root" directive'],
  ])('finds %s', async (_, http, message) => {
    expect((await read({ 'nginx.conf': whole(http) })).problems.map((problem) => problem.message)).toContain(message);
  });

  it.each([
    ['directives of modules that are not known here', 'server { vhost_traffic_status on; my_module x; }'],
    ['a stream that passes on in its server', '} stream { server { listen 1; proxy_pass a:1; }'],
    ['maps and types, whose lines are data', 'map $a $b { listn 1; server 2; } types { text/x sever; }'],
    ['files that packages bring', 'include mime.types; include /etc/nginx/conf.d/*.conf; include ../x.conf;'],
    [
      'words over several lines',
      'log_format a b\n server\n c; server { add_header a\n "listen"; server_name x\n mail; }',
    ],
  ])('has nothing against %s', async (_, http) => {
    expect((await read({ 'nginx.conf': whole(http) })).problems).toEqual([]);
  });
});

describe('a part of a configuration', () => {
  it('includes files beside the file that includes it, which is not known', async () => {
    const part = 'include snippets/headers.conf; server { listen 80; ssl_certificate a.pem; }';
    expect((await read({ 'sites/shop.conf': part })).problems).toEqual([]);
    expect((await read({ 'sites/shop.conf': whole(part) })).problems).toHaveLength(1);
  });
});

describe('lines of nginx', () => {
  const line = (said: string, upstream: string): string =>
    `2026/11/24 18:43:20 [error] 7#7: *1 ${said}, client: 1.2.3.4, server: , request: "GET /a/b?c=d HTTP/1.1", upstream: "${upstream}", host: "h:81"`;

  it.each([
    [
      'connect() failed (111: Connection refused) while connecting to upstream',
      'http://127.0.0.1:80/a',
      'refused',
      '127.0.0.1:80',
    ],
    [
      'connect() failed (113: No route to host) while connecting to upstream',
      'http://[::1]:80/a',
      'refused',
      '[::1]:80',
    ],
    ['no live upstreams while connecting to upstream', 'http://api/a', 'noLiveUpstreams', 'api'],
    [
      'upstream timed out (110: Connection timed out) while connecting to upstream',
      'http://a:1/',
      'connectTimedOut',
      'a:1',
    ],
    [
      'upstream timed out (110: Connection timed out) while reading response header from upstream',
      'http://a:1/',
      'answerTimedOut',
      'a:1',
    ],
    [
      'upstream prematurely closed connection while reading response header from upstream',
      'fastcgi://a:1',
      'closed',
      'a:1',
    ],
    [
      'open() "/x/502 Bad Gateway connect() failed" failed (2: No such file or directory)',
      'http://a:1/',
      'other',
      'a:1',
    ],
  ])('tell by their fields: %s', (said, upstream, kind, address) => {
    expect(readComplaint(line(said, upstream))).toEqual({ kind, upstream: address, request: '/a/b' });
  });

  it('of access logs tell the path and the status', () => {
    expect(readAccess('1.2.3.4 - - [24/Nov/2026:18:43:20 +0000] "GET /a?b HTTP/1.1" 504 160 "-" "curl"')).toEqual({
      request: '/a',
      status: 504,
    });
    expect(readAccess('nothing')).toBeUndefined();
  });
});
