/** The YAML parser, loaded when the first file needs it: most runs read none. The one place that imports it. */
export function loadYaml(): Promise<typeof import('yaml')> {
  return import('yaml');
}
