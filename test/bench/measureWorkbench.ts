import { createDemoIncident } from '../support/demoIncident.ts';
import { findOnPath } from '../support/findOnPath.ts';
import { findWorkbench } from '../support/installWorkbench.ts';
import { openWindow } from '../support/openWindow.ts';
import { readActivation } from '../support/readActivation.ts';
import type { Measure } from './measure.ts';

/** What the editor itself says of the extension's activation: loading its code and running `activate`. */
export async function measureWorkbench(): Promise<Measure[]> {
  const measure = { title: 'extension activation', unit: 'ms', limit: 50 } as const;
  if (findWorkbench() === undefined || (await findOnPath('chromium')) === undefined) {
    return [{ ...measure, value: undefined, remark: 'needs chromium and the web workbench (npm run workbench)' }];
  }
  const window = await openWindow(createDemoIncident);
  try {
    return [{ ...measure, value: await readActivation(window), remark: "the editor's own figure, one cold window" }];
  } finally {
    await window.dispose();
  }
}
