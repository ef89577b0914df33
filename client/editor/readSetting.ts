import * as vscode from 'vscode';
import { type SettingKey, type SettingValue, settings } from '../manifest/settings.ts';

/** The value of a setting now; its default from the manifest when the user's value has another type. */
export function readSetting<K extends SettingKey>(key: K): SettingValue<K> {
  const fallback = settings[key].default as SettingValue<K>;
  const value = vscode.workspace.getConfiguration().get(key);
  const sameType = typeof value === typeof fallback && Array.isArray(value) === Array.isArray(fallback);
  return sameType ? (value as SettingValue<K>) : fallback;
}
