import { setTimeout as delay } from 'node:timers/promises';
import { createDemoIncident } from '../support/demoIncident.ts';
import { findOnPath } from '../support/findOnPath.ts';
import { findWorkbench } from '../support/installWorkbench.ts';
import { openWindow } from '../support/openWindow.ts';
import { readActivation } from '../support/readActivation.ts';
import { type Measure, median } from './measure.ts';

const WINDOWS = 5;

/** A window that still loads would be measured together with the palette's own work. Milliseconds. */
const SETTLED_MS = 3_000;

/** What the editor itself says of the extension's activation: loading its code and running `activate`. */
export async function measureWorkbench(): Promise<Measure[]> {
  const measure = { title: 'extension activation', unit: 'ms', limit: 50 } as const;
  if (findWorkbench() === undefined || (await findOnPath('chromium')) === undefined) {
    return [{ ...measure, value: undefined, remark: 'needs chromium and the web workbench (npm run workbench)' }];
  }
  const window = await openWindow(createDemoIncident);
  try {
    const values: number[] = [];
    for (let opened = 0; opened < WINDOWS; opened += 1) {
      if (opened > 0) {
        await window.page.reload();
        await window.statusBar.waitFor();
      }
      await delay(SETTLED_MS);
      values.push(await readActivation(window));
    }
    const remark = `the editor's own figure, median of ${WINDOWS} windows, highest ${Math.max(...values)}`;
    return [{ ...measure, value: median(values), remark }];
  } finally {
    await window.dispose();
  }
}
