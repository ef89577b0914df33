/**
 * The entry module of a thread: beside the bundle that starts it or, when the sources run as they are, where its source stands.
 * @param name of the entry, as the build calls it
 * @param source relative to the folder of the file that asks
 * @param from `import.meta.url` of that file
 */
export function moduleUrl(name: string, source: string, from: string): URL {
  return new URL(from.endsWith('.ts') ? source : `./${name}.mjs`, from);
}
