import type { Evidence } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import { gpuEvidence, saysMismatch, saysNoDevice, vendorIn } from '../../gpuText.ts';
import { type GpuSight, gpuSight } from '../../observers/gpuSight.ts';
import type { LogEntry } from '../../observers/serviceStates.ts';

export const gpuDriverMismatch = defineCause({
  id: 'gpu.driver-mismatch',
  category: 'model',
  summary: "The GPU's kernel driver does not fit the libraries that the service uses",
  advice: {
    sure: "The vendor's tool fails over the same difference of versions, or names an older CUDA than the service needs.",
    first:
      'Restart the machine, so that the module of the installed version is loaded; update the driver if CUDA is too old.',
    verify: 'nvidia-smi lists the devices, and the service starts.',
  },
  needs: { sight: gpuSight },
  explains: [
    'gpu.absent',
    'process.crash-loop',
    'service.down',
    'network.refused',
    'container.exited',
    'container.restarting',
    'container.unhealthy',
  ],
  judge: ({ sight }) =>
    (sight?.uses ?? []).flatMap(({ use, entries }) => {
      const target = use.state.service.name;
      const said = entries.findLast(({ record }) => saysMismatch(record.text));
      const entry =
        said ??
        // That it finds no device may be the way in which the service tells of it.
        (sight?.answers.nvidia.kind === 'driverMismatch'
          ? entries.findLast((each) => saysNoDevice(each.record.text) && vendorIn(each) === 'nvidia')
          : undefined);
      return sight && entry ? [judgeEntry(target, entry, sight)] : [];
    }),
});

/** "11040" → 11.4, as PyTorch writes versions. */
const FOUND_VERSION = /found version (\d{4,6})/;
/** Compares by major and minor. */
const NEEDED_CUDA = /(?:requires?|needs|runtime version:?|cuda(?:>=|[ -]))\s{0,3}(\d{2}\.\d)/i;

function judgeEntry(target: string, entry: LogEntry, { answers, kernel }: GpuSight): Judgement {
  const answer = answers.nvidia;
  const versions: Evidence[] = [
    ...(kernel.nvidiaModule === undefined
      ? []
      : [
          { kind: 'gpu' as const, source: '/proc/driver/nvidia/version', text: `kernel module ${kernel.nvidiaModule}` },
        ]),
    ...(kernel.nvidiaLibrary === undefined
      ? []
      : [{ kind: 'gpu' as const, source: 'libnvidia-ml.so', text: `library ${kernel.nvidiaLibrary}` }]),
  ];
  const evidence = [logEvidence(entry), gpuEvidence(answer), ...versions];
  if (answer.kind === 'driverMismatch') {
    const module = kernel.nvidiaModule === undefined ? 'another version' : kernel.nvidiaModule;
    const library = answer.libraryVersion ?? kernel.nvidiaLibrary;
    return proved({
      target,
      summary: `The loaded NVIDIA kernel module (${module}) does not fit the installed library${library === undefined ? '' : ` (${library})`}: ${target} cannot use the GPU until the machine is restarted`,
      evidence,
    });
  }
  if (answer.kind !== 'ready')
    return unknown({
      target,
      because: answer.kind === 'notInstalled' ? 'nvidia-smi is not installed here' : answer.because,
      next: 'run nvidia-smi on the machine that has the GPU',
    });
  const { text } = entry.record;
  const found = FOUND_VERSION.exec(text)?.[1];
  const tooOld = found !== undefined || /driver version is insufficient|CUDA error:? 35\b/i.test(text);
  const needed = NEEDED_CUDA.exec(text)?.[1];
  if (tooOld) {
    const serves = answer.cudaVersion ?? 'an older version';
    const stillSo =
      found !== undefined
        ? answer.cudaVersion === `${Math.floor(Number(found) / 1000)}.${Math.floor((Number(found) % 1000) / 10)}`
        : needed === undefined || answer.cudaVersion === undefined || Number(needed) > Number(answer.cudaVersion);
    if (!stillSo) return refuted({ target, because: `the driver serves CUDA ${serves} now`, evidence });
    return proved({
      target,
      summary: `The NVIDIA driver ${answer.driverVersion ?? ''} serves CUDA ${serves}, which is older than what ${target} was built for`,
      confidence: found !== undefined || needed !== undefined ? 'proved' : 'likely',
      evidence,
      advice: { first: 'Update the driver, or install the build of the library for the CUDA that the driver serves.' },
    });
  }
  return refuted({
    target,
    because: `nvidia-smi answers: driver ${answer.driverVersion} and its library agree now`,
    evidence,
  });
}
