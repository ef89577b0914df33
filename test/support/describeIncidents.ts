import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ExpectedRoot, expectRoot, expectSilence } from './expectReport.ts';
import { freePort } from './freePort.ts';
import { createScenario, quietLog, type RunOptions, type Scenario } from './scenario.ts';

export interface Incident {
  name: string;
  /** `PORT` in a file's text stands for a free port of this run. */
  files: Record<string, string>;
  /** What a developer would have done before the service was started; its result ends the waiting. */
  prepare?: (scenario: Scenario, port: number) => Promise<unknown>;
  /** The service's own start, run to its failing end. */
  start?: readonly [string, ...string[]];
  options?: Omit<RunOptions, 'log'>;
  /** How often it is started; 2 where nothing else is said. */
  times?: number;
  /** Default `logs/app.log`. */
  log?: string;
  /** Older, harmless lines ahead of its output; default: 60 timestamped lines. */
  noise?: string;
  /** Output of a program that is not on this machine, exactly as that program writes it. */
  recorded?: string;
  /** After the failing start. */
  after?: (scenario: Scenario, port: number) => Promise<unknown>;
  /** The environment of the user's shell at the diagnosis. */
  shell?: Record<string, string>;
  root?: ExpectedRoot | ((port: number) => ExpectedRoot);
  /** Nothing is wrong (any more). */
  silent?: boolean;
  /** A cause that may not be found, for an incident whose root is free. */
  never?: readonly string[];
  ruledOut?: readonly string[];
}

/** Real incidents, each in a workspace of its own: what runs is real, and so are the logs but for the recorded ones. */
export function describeIncidents(title: string, incidents: readonly Incident[]): void {
  describe(title, () => {
    it.each(incidents.map((incident) => [incident.name, incident] as const))('%s', async (_, incident) => {
      const scenario = await createScenario();
      try {
        const port = await freePort();
        const filled = Object.entries(incident.files).map(([file, text]) => [
          file,
          text.replaceAll('@PORT@', String(port)),
        ]);
        await scenario.write(Object.fromEntries(filled) as Record<string, string>);
        await incident.prepare?.(scenario, port);
        const log = incident.log ?? 'logs/app.log';
        if (incident.start || incident.recorded !== undefined) {
          const file = path.join(scenario.workspace, log);
          await mkdir(path.dirname(file), { recursive: true });
          await appendFile(file, incident.noise ?? quietLog(60, { minutesAgo: 400, stepSeconds: 300 }));
          if (incident.recorded !== undefined)
            await appendFile(file, incident.recorded.replaceAll('@PORT@', String(port)));
        }
        if (incident.start)
          for (let time = 0; time < (incident.times ?? 2); time++)
            expect(await scenario.run(incident.start, { ...incident.options, log }), 'the start must fail').not.toBe(0);
        await incident.after?.(scenario, port);
        const report = await scenario.diagnose({}, incident.shell);
        if (incident.silent) expectSilence(report);
        if (incident.root)
          expectRoot(report, typeof incident.root === 'function' ? incident.root(port) : incident.root);
        const causes = report.findings.map(({ cause }) => cause);
        for (const cause of incident.never ?? []) expect(causes).not.toContain(cause);
        for (const cause of incident.ruledOut ?? [])
          expect(report.ruledOut.map((entry) => entry.cause)).toContain(cause);
      } finally {
        await scenario.dispose();
      }
    });
  });
}
