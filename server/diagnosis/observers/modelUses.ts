import { soundsLikeFailure } from '../../logs/present/failureWords.ts';
import type { HostFacts } from '../../systems/host/host.ts';
import { defineObserver } from '../observer.ts';
import { type Setting, settingsOf } from '../targets/serviceSettings.ts';
import { type ModelFile, modelFiles } from './modelFiles.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';

/** A service, seen as one that may load a model: its settings, its model files, and what it says at its end. */
export interface ModelUse {
  state: ServiceState;
  settings: Setting[];
  models: ModelFile[];
  /**
   * Present errors, and the plain lines of failure ahead of them: a model runtime writes its reason without a level, some
   * lines before its last word. Newest last.
   */
  complaints: LogEntry[];
  /** Plain lines of its last run, for the numbers that a runtime prints ahead of an error; newest last. */
  said: string[];
}

/** Records that a runtime writes between its reason and its end. */
const MAX_LAST_WORDS = 60;
const MAX_SAID = 400;
const WORK = /\b(?:GET|POST|PUT|PATCH|DELETE|HEAD) \//;

/** Services with present errors, with what concerns models; the others are left out. */
export const modelUses = defineObserver<ModelUse[]>({
  id: 'models.uses',
  label: 'use of models',
  timeoutMs: 3_000,
  observe: async ({ use }) => {
    const [states, files] = await Promise.all([use(serviceStates), use(modelFiles)]);
    return states
      .filter((state) => state.errors.length > 0 || state.crashes.length > 0)
      .map((state) => ({
        state,
        settings: settingsOf(state.service, state.processes),
        models: files.filter((file) => file.state === state),
        complaints: [...lastWords(state), ...state.errors],
        said: state.logs.flatMap(({ log }) => log.records.slice(-MAX_SAID).map(({ text }) => text.slice(0, 2_000))),
      }));
  },
});

/** The machine's processors and memory now; read only when a model is in question. */
export const modelHost = defineObserver<HostFacts | undefined>({
  id: 'models.host',
  label: 'memory for models',
  timeoutMs: 2_000,
  observe: async ({ systems, signal, use }) =>
    (await use(modelUses)).length === 0 ? undefined : systems.host.facts(signal),
});

function lastWords({ running, logs, errors }: ServiceState): LogEntry[] {
  if (running) return [];
  const known = new Set(errors.map(({ record }) => record));
  return logs.flatMap(({ log }) => {
    const last = log.records.findLastIndex((record) => known.has(record));
    const words: LogEntry[] = [];
    for (let index = last - 1; index >= 0 && last - index <= MAX_LAST_WORDS; index--) {
      const record = log.records[index];
      if (!record || record.level !== undefined || WORK.test(record.message)) break;
      if (!known.has(record) && soundsLikeFailure(record.text.slice(0, 2_000))) words.unshift({ log, record });
    }
    return words;
  });
}
