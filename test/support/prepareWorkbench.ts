// `npm run workbench`: installs the web workbench into the cache, so that the editor tests can run.
import { createJanitor } from './createJanitor.ts';
import { installWorkbench } from './installWorkbench.ts';

const janitor = createJanitor();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void janitor.dispose().then(() => process.exit(1)));
}
try {
  console.log(await installWorkbench(janitor, console.log));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await janitor.dispose();
}
