import path from 'node:path';

/** Files that decide how services start. */
const decisive =
  /^(?:\.env(?:\..+)?|.+\.env|(?:docker-)?compose(?:\..+)?\.ya?ml|package\.json|Dockerfile(?:\..+)?|Procfile(?:\..+)?|targets\.yaml)$/;

/** Whether saving this file may change the verdict. */
export function decidesStart(file: string): boolean {
  return decisive.test(path.basename(file)) && !file.split(/[/\\]/).includes('node_modules');
}
