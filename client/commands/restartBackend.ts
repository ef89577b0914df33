import type { Backend } from '../backend/backend.ts';

/** Ends the backend and starts it again; the last verdicts stay on screen. */
export function restartBackend(backend: Pick<Backend, 'restart'>): Promise<void> {
  return backend.restart();
}
