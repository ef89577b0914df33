import { describe, expect, it } from 'vitest';
import { isSimilarName, missingNamesIn } from '../../../server/diagnosis/source/missingNames.ts';
import { missingPathsIn } from '../../../server/diagnosis/source/missingPaths.ts';
import { distributionOf, ownPythonFile } from '../../../server/diagnosis/source/pythonModule.ts';
import { valueComplaintIn } from '../../../server/diagnosis/source/valueErrors.ts';

describe('missingNamesIn', () => {
  const known = new Set(['API_KEY', 'PORT']);
  it.each([
    ['API_KEY is not set', ['API_KEY']],
    ['run.sh: line 4: REGION: unbound variable', ['REGION']],
    ['error: Environment variable not found: DATABASE_URL.', ['DATABASE_URL']],
    ['required key LEDGER_DSN missing value', ['LEDGER_DSN']],
    ['key not found: "CATALOG_API" (KeyError)', ['CATALOG_API']],
    ['Missing environment variables:\n  - API_KEY\n  - PORT', ['API_KEY', 'PORT']],
    ['API_KEY must be a number', []],
    ["KeyError: 'GROSS_PRICE'", []],
    ['.env: 2: API_KEY: not found', []],
    ['connect ECONNREFUSED 127.0.0.1:5432', []],
  ])('%s', (text, names) => {
    expect(missingNamesIn(text, known)).toEqual(names);
  });

  it('knows a slip from another name', () => {
    expect(isSimilarName('DATABSE_URL', 'DATABASE_URL')).toBe(true);
    expect(isSimilarName('URL_DATABASE', 'DATABASE_URL')).toBe(true);
    expect(isSimilarName('DB_HOST', 'DB_PORT')).toBe(false);
    expect(isSimilarName('PORT', 'HOST')).toBe(false);
  });
});

describe('missingPathsIn', () => {
  it.each([
    ["ENOENT: no such file or directory, open 'a/b.json'", [['a/b.json', 'file']]],
    ['spawn ffmpeg ENOENT', [['ffmpeg', 'program']]],
    ['start.sh: 3: render: not found', [['render', 'program']]],
    ["Cannot find module './config'", [['./config', 'module']]],
    ["Cannot find module 'express'", []],
    ['GET /img/logo.png: not found', []],
    [
      'nginx: [emerg] cannot load certificate "/a.pem": BIO_new_file() failed (SSL: No such file or directory)',
      [['/a.pem', 'file']],
    ],
    ['template "weekly" rendered', []],
  ])('%s', (text, found) => {
    expect(missingPathsIn(text).map(({ written, kind }) => [written, kind])).toEqual(found);
  });
});

describe('valueComplaintIn', () => {
  it('quotes the value', () => {
    expect(valueComplaintIn("ValueError: invalid literal for int() with base 10: 'four'")?.quoted).toContain('four');
    expect(valueComplaintIn('time: unknown unit " minutes" in duration "5 minutes"')?.quoted).toContain('5 minutes');
  });

  it('leaves names alone that were looked up in vain', () => {
    expect(valueComplaintIn("ER_BAD_DB_ERROR: Unknown database 'shop'")).toBeUndefined();
    expect(valueComplaintIn('FATAL: role "shop" does not exist')).toBeUndefined();
  });
});

it('tells a file of the workspace from a package', () => {
  expect(ownPythonFile('app.settings', '', ['app/__init__.py', 'app/main.py'])).toBe('app/settings.py');
  expect(ownPythonFile('yaml', '', ['app/main.py'])).toBeUndefined();
  expect(distributionOf('yaml.constructor')).toBe('PyYAML');
});
