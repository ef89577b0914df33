// biome-ignore-all lint/suspicious/noTemplateCurlyInString: compose's own variables are tested
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ComposeProject, createCompose } from '../../../server/systems/compose/compose.ts';
import { interpolate } from '../../../server/systems/compose/interpolate.ts';
import { createFiles } from '../../../server/systems/files/files.ts';

const files = createFiles();
const compose = createCompose(files);
const signal = new AbortController().signal;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tektra-compose-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function projects(
  content: Record<string, string>,
  shell: Record<string, string> = {},
): Promise<ComposeProject[]> {
  for (const [name, text] of Object.entries(content)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  const listing = await files.list(folder, { signal });
  return compose.projects(folder, listing.files, shell, signal);
}

async function project(content: Record<string, string>, shell: Record<string, string> = {}): Promise<ComposeProject> {
  const [only] = await projects(content, shell);
  if (only === undefined) throw new Error('no project was found');
  return only;
}

const service = (found: ComposeProject, name: string) => {
  const it = [...found.services, ...found.inactive].find((each) => each.name === name);
  if (it === undefined) throw new Error(`no service ${name}`);
  return it;
};
const environment = (found: ComposeProject, name: string): Record<string, string | undefined> =>
  Object.fromEntries(service(found, name).environment.map((each) => [each.name, each.value]));
const problems = (found: ComposeProject): string[] =>
  found.problems.map(({ at, message }) => `${at.file}:${at.line} ${message}`);

describe('interpolate', () => {
  const lookUp = (name: string): string | undefined => ({ SET: 'set', EMPTY: '' })[name];
  it.each([
    ['$SET-${SET}', 'set-set'],
    ['$$SET $${SET}', '$SET ${SET}'],
    ['${NONE:-d}${EMPTY:-d}${SET:-d}', 'ddset'],
    ['${NONE-d}${EMPTY-d}', 'd'],
    ['${SET:+x}${EMPTY:+x}${EMPTY+x}${NONE+x}', 'xx'],
    ['${NONE:-${EMPTY:-${SET}}}', 'set'],
    ['${NONE:-http://a:1/}', 'http://a:1/'],
  ])('%s', (text, expected) => {
    expect(interpolate(text, lookUp)).toEqual({ text: expected, missing: [], invalid: false });
  });
  it('tells what has no value', () => {
    expect(interpolate('a${NONE}b', lookUp)).toMatchObject({
      text: 'ab',
      missing: [{ name: 'NONE', required: false }],
    });
    expect(interpolate('${EMPTY:?say so}', lookUp).missing).toEqual([
      { name: 'EMPTY', required: true, message: 'say so' },
    ]);
    expect(interpolate('${EMPTY?say so}', lookUp).missing).toEqual([]);
    expect(interpolate('${NONE?}', lookUp).missing).toEqual([{ name: 'NONE', required: true, message: undefined }]);
  });
  it.each(['$(date)', '${SET', '${}', '$1', 'a $', '${SET!x}'])('refuses %s', (text) => {
    expect(interpolate(text, lookUp).invalid).toBe(true);
  });
  it('ends on hostile nesting', () => {
    expect(interpolate(`${'${A:-'.repeat(5000)}x${'}'.repeat(5000)}`, lookUp).invalid).toBe(true);
  });
});

describe('projects', () => {
  it('finds one for each folder, with the files that compose would take', async () => {
    const text = 'services: {a: {image: x}}';
    const found = await projects({
      'compose.yaml': text,
      'docker-compose.yml': text,
      'compose.override.yml': text,
      'api/docker-compose.yaml': text,
      'other/compose.override.yaml': text,
      'node_modules/x/compose.yaml': text,
    });
    expect(found.map((each) => each.files)).toEqual([
      ['compose.yaml', 'compose.override.yml'],
      ['api/docker-compose.yaml'],
    ]);
  });

  it('reads ports in all notations', async () => {
    const found = await project({
      'compose.yaml': `services:
  a:
    image: x
    ports:
      - 8000
      - "8001:80"
      - 127.0.0.1:8002:80/tcp
      - 22:22
      - "9000-9001:90-91/udp"
      - "[::1]:8003:80"
      - "3000-3010:80"
      - target: 443
        published: "8443"
        host_ip: 0.0.0.0
      - "localhost:1:2"
      - "70000:1"
`,
    });
    const shown = service(found, 'a').ports.map(
      (port) =>
        `${port.at.line}: ${port.hostAddress ?? '*'} ${port.published ?? '?'} > ${port.target}/${port.protocol}`,
    );
    expect(shown).toEqual([
      '5: * ? > 8000/tcp',
      '6: * 8001 > 80/tcp',
      '7: 127.0.0.1 8002 > 80/tcp',
      '8: * 22 > 22/tcp',
      '9: * 9000 > 90/udp',
      '9: * 9001 > 91/udp',
      '10: ::1 8003 > 80/tcp',
      '11: * ? > 80/tcp',
      '12: 0.0.0.0 8443 > 443/tcp',
    ]);
    expect(problems(found)).toEqual([
      "compose.yaml:15 'localhost:1:2' is not a port mapping",
      "compose.yaml:16 '70000:1' is not a port mapping",
    ]);
  });

  it('resolves anchors, merge keys and variables, the shell before .env', async () => {
    const found = await project(
      {
        '.env': 'PORT=1\nTAG="15-alpine" # comment\nBASE=http://x#y\nURL=${BASE}/z\n',
        'compose.yaml': `x-env: &env
  LOG: info
  PORT: 0
x-more: &more { EXTRA: 1.10 }
services:
  a:
    image: postgres:\${TAG}
    environment:
      <<: [*env, *more]
      PORT: \${PORT}
      URL: \${URL}
      NONE: \${NONE}
      SECRET: \${SECRET:?set it in .env}
      PASSED:
  b:
    image: x
    environment: [A=1, B, C=]
`,
      },
      { PORT: '2' },
    );
    expect(service(found, 'a').image).toBe('postgres:15-alpine');
    expect(environment(found, 'a')).toEqual({
      ...{ PORT: '2', URL: 'http://x#y/z', NONE: '', SECRET: '', PASSED: undefined, LOG: 'info', EXTRA: '1.10' },
    });
    expect(environment(found, 'b')).toEqual({ A: '1', B: undefined, C: '' });
    expect(found.missingVariables).toEqual([
      { name: 'NONE', required: false, message: undefined, at: { file: 'compose.yaml', line: 12 } },
      { name: 'SECRET', required: true, message: 'set it in .env', at: { file: 'compose.yaml', line: 13 } },
    ]);
    expect(found.problems).toEqual([]);
  });

  it('merges files as compose does', async () => {
    const found = await project({
      'compose.yaml': `services:
  a:
    build: ./api
    command: [node, a.js]
    environment: { A: 1, B: 1 }
    ports: ["1:1"]
    volumes: ["./data:/data", "named:/named"]
    env_file: one.env
    depends_on: [db]
  db: { image: x, healthcheck: { test: [CMD, "true"] } }
volumes: { named: {} }
`,
      'compose.override.yaml': `services:
  a:
    command: other
    environment: ["B=2"]
    ports: ["1:1", "2:2"]
    volumes: ["/elsewhere:/data:ro"]
    env_file: [{ path: sub/two.env, required: false }]
    depends_on: { db: { condition: service_healthy } }
`,
    });
    const a = service(found, 'a');
    expect(environment(found, 'a')).toEqual({ A: '1', B: '2' });
    expect(a.command).toBe('other');
    expect(a.build).toEqual({ context: 'api', dockerfile: undefined });
    expect(a.ports.map(({ published }) => published)).toEqual([1, 2]);
    expect(a.mounts.map(({ kind, source, target, readOnly }) => [kind, source, target, readOnly])).toEqual([
      ['bind', '/elsewhere', '/data', true],
      ['volume', 'named', '/named', false],
    ]);
    expect(a.envFiles.map(({ path: file, required, at }) => [file, required, at.file])).toEqual([
      ['one.env', true, 'compose.yaml'],
      ['sub/two.env', false, 'compose.override.yaml'],
    ]);
    expect(a.dependsOn).toEqual([
      { service: 'db', condition: 'service_healthy', at: { file: 'compose.override.yaml', line: 8 } },
    ]);
    expect(a.at).toEqual({ file: 'compose.yaml', line: 2 });
    expect(service(found, 'db').healthcheck).toBe(true);
    expect(found.problems).toEqual([]);
  });

  it('keeps services of profiles that are off apart', async () => {
    const content = { 'compose.yaml': 'services: {a: {image: x}, b: {image: x, profiles: [dev]}}' };
    expect((await project(content)).inactive.map(({ name }) => name)).toEqual(['b']);
    expect((await project(content, { COMPOSE_PROFILES: 'x,dev' })).inactive).toEqual([]);
    expect((await project({ ...content, '.env': 'COMPOSE_PROFILES=*' })).inactive).toEqual([]);
  });

  it('follows extends and include inside the workspace, and COMPOSE_FILE', async () => {
    const found = await project({
      'dev/.env': 'COMPOSE_FILE=base.yml:../more.yml',
      'dev/compose.yaml': 'services: {ignored: {image: x}}',
      'dev/base.yml': 'include: [../lib/c.yml]\nservices:\n  a:\n    extends: { file: ../lib/b.yml, service: b }\n',
      'more.yml': 'services: {a: {environment: {MORE: 1}, env_file: here.env}}',
      'lib/b.yml': 'services:\n  b:\n    extends: root\n    env_file: b.env\n  root: {image: rooted}\n',
      'lib/c.yml': 'services: {c: {image: y}}',
    });
    expect(found.files).toEqual(['dev/base.yml', 'more.yml']);
    expect(found.services.map(({ name }) => name).sort()).toEqual(['a', 'c']);
    const a = service(found, 'a');
    expect(a).toMatchObject({ image: 'rooted', at: { file: 'dev/base.yml', line: 3 } });
    expect(a.envFiles.map(({ path: file }) => file)).toEqual(['lib/b.env', 'dev/here.env']);
    expect(found.problems).toEqual([]);
  });

  it('never reads outside the workspace', async () => {
    const found = await project({
      '.env': 'COMPOSE_FILE=/etc/passwd',
      'compose.yaml': 'include: [/etc/hosts]\nservices: {a: {extends: {file: ../../etc/passwd, service: root}}}',
    });
    expect(found.files).toEqual(['compose.yaml']);
    expect(found.problems).toEqual([]);
  });

  it('never reads outside the workspace through a link', async () => {
    const outside = await mkdtemp(path.join(os.tmpdir(), 'tektra-outside-'));
    try {
      const text = 'services:\n  theirs:\n    image: x\n    environment: { API_TOKEN: not-ours }\n';
      await writeFile(path.join(outside, 'other.yaml'), text);
      await writeFile(path.join(outside, '.env'), 'THEIR_TOKEN=not-ours\n');
      await symlink(path.join(outside, 'other.yaml'), path.join(folder, 'linked.yaml'));
      await symlink(outside, path.join(folder, 'sub'));
      await symlink(path.join(outside, '.env'), path.join(folder, '.env'));
      const found = await project({
        'compose.yaml':
          'include: [sub/other.yaml]\nservices:\n  a: {extends: {file: linked.yaml, service: theirs}}\n  b: {image: "x:${THEIR_TOKEN}"}\n',
      });
      expect(JSON.stringify(found)).not.toContain('not-ours');
      expect(found.problems).toEqual([]);
      expect(found.missingVariables).toEqual([]);
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it.each([
    ['services:\n  a: {image: x\n  b: {image: y}\n', /^compose.yaml:[23] /],
    ['services:\n  a: {image: x}\n  a: {image: y}\n', /^compose.yaml:3 Map keys must be unique/],
    ['services:\n\ta: {}\n', /^compose.yaml:2 /],
    ['just text', /compose.yaml:1 The file holds no mapping/],
    ['', /compose.yaml:1 The file holds no mapping/],
    ['service:\n  a: {image: x}\n', /compose.yaml:1 'service' is not allowed/],
    ['services: [a]', /compose.yaml:1 services must be a mapping/],
    ['services:\n  a: text\n', /compose.yaml:2 services.a must be a mapping/],
    ['services:\n  a:\n    build: .\n    ports: 80\n', /compose.yaml:4 services.a.ports must be a list/],
    ['services:\n  a:\n    restart: always\n', /compose.yaml:2 services.a has neither an image nor a build/],
    ['services:\n  a: {image: x}\n  b:\n    image: x\n    depends_on: [c]\n', /:5 services.b depends on 'c'/],
    ['services:\n  a:\n    image: x\n    command: echo $(date)\n', /compose.yaml:4 '\$' starts no variable/],
    ['services:\n  a:\n    image: x\n    extends: a\n', /compose.yaml:4 services.a extends itself/],
    ['a: &a [x]\nb: *unknown\n', /compose.yaml:2 There is no anchor '&unknown'/],
  ])('says what is wrong with %j', async (text, expected) => {
    expect(problems(await project({ 'compose.yaml': text })).join('\n')).toMatch(expected);
  });

  it('stops the billion laughs and circles of aliases', async () => {
    const laughs = Array.from({ length: 12 }, (_, i) =>
      i === 0
        ? 'x-0: &a0 [lol]'
        : `x-${i}: &a${i} [${Array(10)
            .fill(`*a${i - 1}`)
            .join(',')}]`,
    );
    const found = await project({ 'compose.yaml': laughs.join('\n') });
    expect(problems(found)).toEqual(['compose.yaml:1 The file unfolds to more than can be read']);
    const circle = await project({ 'compose.yaml': 'services: &s\n  a: {image: x, environment: *s}\n' });
    expect(circle.problems.length).toBeGreaterThan(0);
  });

  it('reads a file that is not text without failing', async () => {
    await writeFile(path.join(folder, 'compose.yaml'), Buffer.from([0, 1, 2, 0, 255]));
    const [found] = await compose.projects(folder, ['compose.yaml'], {}, signal);
    expect(found?.problems).toEqual([
      { message: 'The file cannot be read as text', at: { file: 'compose.yaml', line: 1 } },
    ]);
  });
});
