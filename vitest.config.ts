import { defineConfig } from 'vitest/config';
// @ts-expect-error: plain JavaScript without types
import { causesModule } from './esbuild.config.mjs';

const virtualCauses = {
  name: 'virtual:causes',
  resolveId: (id: string) => (id === 'virtual:causes' ? '\0virtual:causes' : undefined),
  load: (id: string): Promise<string> | undefined => (id === '\0virtual:causes' ? causesModule() : undefined),
};

/** Suites that start real systems share the machine's ports, cgroups and loop devices: they run one file at a time. */
const serial = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  plugins: [virtualCauses],
  define: { TEKTRA_VERSION: JSON.stringify('0.0.0-test') },
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { extends: true, test: { name: 'contract', include: ['test/contract/**/*.test.ts'] } },
      { extends: true, test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'] } },
      { extends: true, test: { name: 'server', include: ['test/server/**/*.test.ts'], ...serial } },
      { extends: true, test: { name: 'systems', include: ['test/systems/**/*.test.ts'], ...serial } },
      {
        extends: true,
        test: { name: 'incidents', include: ['test/incidents/**/*.test.ts'], ...serial, testTimeout: 300_000 },
      },
      {
        extends: true,
        test: {
          name: 'editor',
          include: ['test/editor/**/*.test.ts'],
          ...serial,
          testTimeout: 180_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
