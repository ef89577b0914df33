import type { HealthProbe } from './healthService.ts';

/** @param query a statement that reads the database; throws when it cannot */
export function storageProbe(query: () => void, quarantined: string | undefined): HealthProbe {
  return {
    component: 'storage',
    timeoutMs: 1_000,
    run: async () => {
      query();
      return quarantined === undefined
        ? { status: 'pass' }
        : {
            status: 'warn',
            output: `the database was corrupt; it was set aside as ${quarantined}, and a new one was begun`,
          };
    },
  };
}
