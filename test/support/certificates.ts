import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An authority in a folder, made by openssl. */
export interface Authority {
  /** Path of its certificate, PEM. */
  file: string;
  /** A certificate for names (`DNS:shop.test`, `IP:127.0.0.1`) that is valid for some days from now; negative: it was. */
  issue(name: string, options: { names: string[]; days: number }): Promise<{ key: string; certificate: string }>;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function createAuthority(folder: string): Promise<Authority> {
  const at = (file: string): string => path.join(folder, file);
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  await openssl(
    'req',
    '-x509',
    ...KEY,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-subj',
    '/CN=Test Authority',
    '-days',
    '30',
  );
  return {
    file: at('ca.pem'),
    async issue(name, { names, days }) {
      const [key, request, certificate, extensions] = ['key', 'csr', 'pem', 'ext'].map((end) =>
        at(`${name}.${end}`),
      ) as [string, string, string, string];
      await openssl('req', ...KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
      await run('sh', ['-c', 'printf "%s\\n" "$1" > "$2"', 'sh', `subjectAltName=${names.join(',')}`, extensions]);
      await openssl(
        'x509',
        '-req',
        '-in',
        request,
        '-CA',
        at('ca.pem'),
        '-CAkey',
        at('ca.key'),
        '-CAcreateserial',
        '-out',
        certificate,
        '-days',
        String(days),
        '-extfile',
        extensions,
      );
      return { key, certificate };
    },
  };
}
