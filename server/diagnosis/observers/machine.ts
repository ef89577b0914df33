import { defineObserver } from '../observer.ts';

export const processList = defineObserver({
  id: 'machine.processes',
  label: 'running processes',
  timeoutMs: 3_000,
  essential: true,
  observe: ({ systems, signal }) => systems.processes.list(signal),
});

export const listeners = defineObserver({
  id: 'machine.listeners',
  label: 'listening ports',
  timeoutMs: 3_000,
  essential: true,
  observe: ({ systems, signal }) => systems.network.listeners(signal),
});
