import type { Systems } from './diagnosis/systems.ts';
import { createDoctor, type Doctor } from './health/doctor/doctor.ts';
import { examinations } from './health/doctor/examinations.ts';
import type { StatePaths } from './protocol/statePaths.ts';
import { checkDatabase } from './storage/checkDatabase.ts';

/** The doctor, for the backend and for the command that runs without it. */
export function composeDoctor(parts: {
  paths: StatePaths;
  systems: Systems;
  environment: Readonly<Record<string, string | undefined>>;
  httpPort: number;
}): Doctor {
  return createDoctor(examinations({ ...parts, checkDatabase: () => checkDatabase(parts.paths.database) }));
}
