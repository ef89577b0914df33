/** The YAML parser, loaded when the first file needs it: most runs read none. The one place that imports it. */
export async function loadYaml(): Promise<typeof import('yaml')> {
  const module = await import('yaml');
  // Bundled, a CommonJS package stands whole under `default`; unbundled, its names stand beside it.
  return module.default ?? module;
}
