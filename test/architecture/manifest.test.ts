import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands } from '../../client/manifest/commands.ts';
import { contextKeys } from '../../client/manifest/contextKeys.ts';
import { manifest } from '../../client/manifest/manifest.ts';
import { settings } from '../../client/manifest/settings.ts';
import { LOG_EDITOR_TYPE, TROUBLESHOOTING_VIEW_ID } from '../../client/manifest/views.ts';

const packageJson = JSON.parse(readFileSync('package.json', 'utf8'));

describe('the manifest', () => {
  it('is what client/manifest says; `npm run manifest` writes it', () => {
    for (const [key, value] of Object.entries(manifest)) {
      expect(packageJson[key], key).toEqual(JSON.parse(JSON.stringify(value)));
    }
  });

  it('contributes nothing that client/manifest does not know', () => {
    expect(Object.keys(packageJson.contributes).sort()).toEqual(Object.keys(manifest.contributes).sort());
  });

  it.each(commands.map(({ id }) => id))('has a file for %s, named after it', (id) => {
    const [prefix, noun = '', verb = ''] = id.split('.');
    expect(prefix).toBe('tektra');
    const name = `${verb}${noun.charAt(0).toUpperCase()}${noun.slice(1)}`;
    expect(existsSync(`client/commands/${name}.ts`), name).toBe(true);
    expect(readFileSync(`client/commands/${name}.ts`, 'utf8')).toMatch(
      new RegExp(`export (?:async )?function ${name}\\(`),
    );
  });

  it('uses only context keys that Tektra or the editor sets', () => {
    const known: readonly string[] = Object.values(contextKeys);
    const whens = JSON.stringify(manifest.contributes).match(/"when":"[^"]*"/g) ?? [];
    expect(whens.length).toBeGreaterThan(5);
    const used = whens.flatMap((when) => when.match(/tektra\.\w+/g) ?? []);
    const own: readonly string[] = [TROUBLESHOOTING_VIEW_ID, LOG_EDITOR_TYPE];
    expect(used.filter((key) => !known.includes(key) && !own.includes(key))).toEqual([]);
  });

  it('describes every setting and gives each a default of its own type', () => {
    for (const [key, setting] of Object.entries(settings)) {
      expect(setting.markdownDescription.length, key).toBeGreaterThan(20);
      const type = Array.isArray(setting.default) ? 'array' : typeof setting.default;
      expect(type, key).toBe(setting.type);
    }
  });

  it('reads logs alone in virtual workspaces and diagnoses nothing in an untrusted one', () => {
    expect(packageJson.capabilities.virtualWorkspaces.supported).toBe('limited');
    expect(packageJson.capabilities.untrustedWorkspaces.supported).toBe('limited');
  });

  it('names an icon that is there', () => {
    expect(readFileSync(packageJson.icon).subarray(1, 4).toString()).toBe('PNG');
    for (const { icon } of packageJson.contributes.viewsContainers.activitybar) expect(existsSync(icon)).toBe(true);
  });
});
