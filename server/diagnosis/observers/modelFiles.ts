import path from 'node:path';
import type { GgufAnswer } from '../../systems/gguf/gguf.ts';
import { defineObserver } from '../observer.ts';
import { settingsOf } from '../targets/serviceSettings.ts';
import type { Variable } from '../targets/target.ts';
import { type LogEntry, type ServiceState, serviceStates } from './serviceStates.ts';

/** A model file that a service is configured with or complains of, and what it really is. */
export interface ModelFile {
  state: ServiceState;
  /** As the variable or the log writes it. */
  written: string;
  variable: Variable | undefined;
  entry: LogEntry | undefined;
  answer: GgufAnswer;
}

const MODEL_PATH = /(?:^|[\s'"=(:])((?:\.{0,2}\/)?[\w@.+/-]*[\w@+-]\.gguf)\b/gi;
const MODEL_FLAG = /^(?:-m|--model|--model-path|-md|--model-draft)$/;
const MAX_MODELS = 8;

export const modelFiles = defineObserver<ModelFile[]>({
  id: 'models.files',
  label: 'model files',
  timeoutMs: 3_000,
  observe: async ({ systems, workspace, signal, use }) => {
    const states = await use(serviceStates);
    const named = states.flatMap((state) => {
      const found = new Map<string, Pick<ModelFile, 'variable' | 'entry'>>();
      for (const variable of state.service.environment)
        if (/\.gguf$/i.test(variable.value) && !/^(?:hf:|https?:)/.test(variable.value))
          found.set(variable.value, { variable, entry: undefined });
      // In a container the path means another file system, unless a bind leads to this one.
      if (!isContained(state) && (state.running || state.errors.length > 0))
        for (const { name, value, variable } of settingsOf(state.service, state.processes))
          if (MODEL_FLAG.test(name) && /\.gguf$/i.test(value)) found.set(value, { variable, entry: undefined });
      for (const entry of state.errors) {
        for (const [, written] of entry.record.text.matchAll(MODEL_PATH)) {
          if (written === undefined) continue;
          const known = [...found.keys()].find(
            (other) => other === written || other.endsWith(`/${written}`) || written.endsWith(`/${other}`),
          );
          found.set(known ?? written, {
            variable: known === undefined ? undefined : found.get(known)?.variable,
            entry,
          });
        }
      }
      return [...found].map(([written, place]) => ({ state, written, ...place }));
    });
    return Promise.all(
      named.slice(0, MAX_MODELS).map(async (model) => ({
        ...model,
        answer: await systems.gguf.inspect(path.resolve(workspace, model.state.service.folder, model.written), signal),
      })),
    );
  },
});

function isContained({ service, processes }: ServiceState): boolean {
  return service.compose !== undefined && processes.length === 0;
}
