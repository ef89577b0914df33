import { setTimeout as delay } from 'node:timers/promises';
import { createDemoIncident } from '../support/demoIncident.ts';
import { findOnPath } from '../support/findOnPath.ts';
import { findWorkbench } from '../support/installWorkbench.ts';
import { killBackend } from '../support/killBackend.ts';
import { openWindow } from '../support/openWindow.ts';
import { readActivation } from '../support/readActivation.ts';
import { type Measure, median } from './measure.ts';

const WINDOWS = 5;
const KILLS = 3;
/** Two crashes within 5 s of a start stop the restarts; these are to be taken one by one. Milliseconds. */
const APART_MS = 6_000;

/** A window that still loads would be measured together with the palette's own work. Milliseconds. */
const SETTLED_MS = 3_000;

/** What the editor itself says of the extension's activation (loading its code and running `activate`), and how soon a window is usable after its backend died. */
export async function measureWorkbench(): Promise<Measure[]> {
  const measure = { title: 'extension activation', unit: 'ms', limit: 50 } as const;
  // The editor's own share of that figure depends on the machine and on what else opens with the window.
  const ratio = { title: '  against a tiny built-in one', unit: '×', limit: 2 } as const;
  const recovery = { title: 'window usable after SIGKILL', unit: 'ms', limit: 1_500 } as const;
  if (findWorkbench() === undefined || (await findOnPath('chromium')) === undefined) {
    const remark = 'needs chromium and the web workbench (npm run workbench)';
    return [measure, ratio, recovery].map((each) => ({ ...each, value: undefined, remark }));
  }
  const window = await openWindow(createDemoIncident);
  try {
    const values: number[] = [];
    const ratios: number[] = [];
    for (let opened = 0; opened < WINDOWS; opened += 1) {
      if (opened > 0) {
        await window.page.reload();
        await window.statusBar.waitFor();
      }
      await delay(SETTLED_MS);
      const { tektraMs, peerMs } = await readActivation(window);
      values.push(tektraMs);
      if (peerMs !== undefined) ratios.push(tektraMs / Math.max(peerMs, 1));
    }
    const remark = `the editor's own figure, median of ${WINDOWS} windows, highest ${Math.max(...values)}`;
    await window.runCommand('Tektra: Diagnose Workspace');
    await window.troubleshooting.locator('article[data-cause]').first().waitFor();
    const back: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      await delay(APART_MS);
      back.push(await killBackend(window));
    }
    return [
      { ...measure, value: median(values), remark },
      {
        ...ratio,
        value: ratios.length === 0 ? undefined : median(ratios),
        remark: `Merge Conflict in the same windows, median of ${ratios.length}`,
      },
      { ...recovery, value: median(back), remark: `median of ${KILLS}, highest ${Math.max(...back).toFixed(0)}` },
    ];
  } finally {
    await window.dispose();
  }
}
