/** The version of package.json; the bundler puts it in. */
declare const TEKTRA_VERSION: string;

/** Every file below server/diagnosis/causes; the bundler and the test runner make it (esbuild.config.mjs). */
declare module 'virtual:causes' {
  export const causes: unknown[];
}
