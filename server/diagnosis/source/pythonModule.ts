import path from 'node:path';

/**
 * The file that a missing Python module would be, when its package belongs to the workspace: then no installation helps.
 * @param folder the service's folder, relative to the workspace
 * @returns relative to that folder; undefined when the module is somebody else's
 */
export function ownPythonFile(module: string, folder: string, files: readonly string[]): string | undefined {
  const top = module.split('.')[0] as string;
  if (top === module) return undefined;
  const roots = [folder, path.posix.join(folder, 'src'), ''];
  const root = roots.find((candidate) =>
    files.some((file) => file.startsWith(`${path.posix.join(candidate, top)}/`) && file.endsWith('.py')),
  );
  if (root === undefined) return undefined;
  return `${path.posix.relative(folder, path.posix.join(root, ...module.split('.')))}.py`;
}

/** Packages whose name on PyPI differs from the module that one imports. */
const DISTRIBUTIONS: Readonly<Record<string, string>> = {
  yaml: 'PyYAML',
  PIL: 'Pillow',
  cv2: 'opencv-python',
  sklearn: 'scikit-learn',
  bs4: 'beautifulsoup4',
  dotenv: 'python-dotenv',
  jwt: 'PyJWT',
  psycopg2: 'psycopg2-binary',
  MySQLdb: 'mysqlclient',
  dateutil: 'python-dateutil',
  environ: 'django-environ',
  decouple: 'python-decouple',
  rest_framework: 'djangorestframework',
  corsheaders: 'django-cors-headers',
  magic: 'python-magic',
  OpenSSL: 'pyOpenSSL',
  Crypto: 'pycryptodome',
  serial: 'pyserial',
  usb: 'pyusb',
  docx: 'python-docx',
  pptx: 'python-pptx',
  git: 'GitPython',
  github: 'PyGithub',
  jose: 'python-jose',
  multipart: 'python-multipart',
  slugify: 'python-slugify',
  telegram: 'python-telegram-bot',
  discord: 'discord.py',
  zmq: 'pyzmq',
  kafka: 'kafka-python',
  ldap: 'python-ldap',
  fitz: 'PyMuPDF',
  pkg_resources: 'setuptools',
  attr: 'attrs',
  markdown: 'Markdown',
  google: 'google-api-python-client',
};

/** The package to install for a module: `yaml` → `PyYAML`. */
export function distributionOf(module: string): string {
  const top = module.split('.')[0] as string;
  return DISTRIBUTIONS[top] ?? top.replaceAll('_', '-');
}
