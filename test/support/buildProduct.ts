import { productRoot } from './locations.ts';
import { runTool } from './runTool.ts';

/** Builds the extension, the backend and the views into dist/. Throws with what esbuild said when it fails. */
export async function buildProduct(): Promise<void> {
  const { exitCode, output } = await runTool([process.execPath, 'esbuild.config.mjs'], { cwd: productRoot });
  if (exitCode !== 0) throw new Error(`the build failed:\n${output.trim()}`);
}
