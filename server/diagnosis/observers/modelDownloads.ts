import path from 'node:path';
import type { GgufAnswer } from '../../systems/gguf/gguf.ts';
import type { Filesystem } from '../../systems/host/host.ts';
import { defineObserver, type Observation } from '../observer.ts';
import { type ModelUse, modelUses } from './modelUses.ts';
import type { LogEntry } from './serviceStates.ts';
import { listing } from './workspaceFiles.ts';

/** A file that a downloader leaves while it is at work, or when it broke off. */
export interface PartialFile {
  /** Absolute. */
  path: string;
  /** Relative to the workspace where it lies in it. */
  shown: string;
  sizeBytes: number;
  modifiedAt: Date;
  /** What its beginning says, where it is a GGUF file. */
  answer: GgufAnswer;
}

/** A service that lacks a model, with what its download left. */
export interface ModelDownload {
  use: ModelUse;
  /** Its newest present error about a download. */
  entry: LogEntry | undefined;
  partials: PartialFile[];
  /** Where the model is to be kept. */
  filesystem: Filesystem | undefined;
}

const SUFFIXES = ['.part', '.partial', '.incomplete', '.tmp', '.download', '.ipull', '.aria2', '.crdownload'];
const PARTIAL =
  /\.(?:gguf|safetensors|bin|pt|pth|onnx)(?:\.[\w-]{1,20})?\.(?:part|partial|incomplete|tmp|download|ipull|aria2|crdownload)$|\/blobs\/[\w.-]{1,120}\.incomplete$|\/sha256-[0-9a-f]{6,64}-partial(?:-\d+)?$/;
const OF_DOWNLOAD =
  /download|huggingface|hf_hub|HfHub|\bpull(?:ing)?\b[^\n]{0,60}\bmodel|\bmodel\b[^\n]{0,60}\bpull|ollama|RepositoryNotFoundError|EntryNotFoundError|GatedRepoError|Consistency check failed|(?:digest|sha256|checksum)[^\n]{0,40}(?:mismatch|failed|differs)|IncompleteRead|transfer closed with|requested URL returned error|free disk space/i;
const OF_MODELS = /\.(?:gguf|safetensors|bin|pt|pth|onnx)\b|\bmodels?\b|huggingface|hf_hub|HfHub|ollama/i;
/** A library that lacks a driver says where to download one; the model that its trace names is not what was downloaded. */
const OF_DRIVERS = /\b(?:NVIDIA|GPU|CUDA|graphics) driver\b|nvidia\.com\/Download/i;
const MAX_PARTIALS = 8;

/** Services whose present errors speak of a download of a model, or whose model is not there whole. */
export const modelDownloads = defineObserver<ModelDownload[]>({
  id: 'models.downloads',
  label: 'downloads of models',
  timeoutMs: 3_000,
  observe: async (run) => {
    const uses = await run.use(modelUses);
    const found = uses.flatMap((use) => {
      const entry = use.complaints.findLast(
        ({ record: { text } }) => OF_DOWNLOAD.test(text) && OF_MODELS.test(text) && !OF_DRIVERS.test(text),
      );
      const broken = use.models.some(({ answer }) => answer.kind !== 'complete' && answer.kind !== 'otherVersion');
      return entry || broken ? [{ use, entry }] : [];
    });
    if (found.length === 0) return [];
    const { files } = await run.use(listing);
    const listed = files.filter((file) => PARTIAL.test(file)).map((file) => path.join(run.workspace, file));
    return Promise.all(
      found.map(async ({ use, entry }): Promise<ModelDownload> => {
        const models = use.models.map(({ written }) => path.resolve(run.workspace, use.state.service.folder, written));
        const beside = models.flatMap((model) => SUFFIXES.map((suffix) => `${model}${suffix}`));
        const partials = await partialsAt([...new Set([...beside, ...listed])], run);
        const place = partials[0]?.path ?? models[0] ?? pathIn(entry);
        return {
          use,
          entry,
          partials: partials.slice(0, MAX_PARTIALS),
          filesystem:
            place === undefined
              ? undefined
              : await run.systems.host.filesystemOf(place, run.signal).catch(() => undefined),
        };
      }),
    );
  },
});

async function partialsAt(
  paths: readonly string[],
  { systems, workspace, signal }: Observation,
): Promise<PartialFile[]> {
  const looked = await Promise.all(
    paths.slice(0, 200).map(async (absolute): Promise<PartialFile[]> => {
      const state = await systems.files.state(absolute);
      if (state.kind !== 'file') return [];
      const relative = path.relative(workspace, absolute);
      return [
        {
          path: absolute,
          shown: relative.startsWith('..') ? absolute : relative,
          sizeBytes: state.size,
          modifiedAt: state.modifiedAt,
          answer: await systems.gguf.inspect(absolute, signal),
        },
      ];
    }),
  );
  return looked.flat();
}

/** The folder that a message names as the target. */
function pathIn(entry: LogEntry | undefined): string | undefined {
  return /(?:target location|to|in|at) ['"]?(\/[\w./-]{2,300})/.exec(entry?.record.text ?? '')?.[1];
}
