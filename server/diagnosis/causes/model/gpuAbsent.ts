import type { Evidence, Fix } from '../../../protocol/diagnosis.ts';
import { defineCause, type Judgement, proved, refuted, unknown } from '../../cause.ts';
import { logEvidence } from '../../evidence.ts';
import {
  cpuSetting,
  type GpuVendor,
  gpuEvidence,
  gpuSetting,
  hidingSetting,
  saysNoDevice,
  vendorIn,
} from '../../gpuText.ts';
import { envFileTimes } from '../../observers/envFileTimes.ts';
import { type GpuSight, gpuSight } from '../../observers/gpuSight.ts';
import type { ModelUse } from '../../observers/modelUses.ts';
import type { LogEntry } from '../../observers/serviceStates.ts';
import { envFiles } from '../../observers/workspaceFiles.ts';
import type { EnvFiles } from '../../targets/serviceEnvironment.ts';
import type { Setting } from '../../targets/serviceSettings.ts';

export const gpuAbsent = defineCause({
  id: 'gpu.absent',
  category: 'model',
  summary: 'The service wants a GPU, and there is none that it can use',
  advice: {
    sure: "The service says that it found no device, and neither the vendor's tool nor the kernel shows one with a driver.",
    first: 'Run the service on the CPU, or install the driver of the device.',
    verify: "The vendor's tool lists the device, or the service starts on the CPU.",
  },
  needs: { sight: gpuSight, files: envFiles, times: envFileTimes },
  explains: [
    'process.crash-loop',
    'service.down',
    'file.missing',
    'dependency.module-missing',
    'network.refused',
    'container.exited',
    'container.restarting',
    'container.unhealthy',
  ],
  judge: ({ sight, files, times }) =>
    (sight?.uses ?? []).flatMap(({ use, entries }) => {
      const entry = entries.findLast(({ record }) => saysNoDevice(record.text));
      return sight && entry ? [judgeUse(use, entry, sight, files, times)].flat() : [];
    }),
});

const NAMES: Readonly<Record<GpuVendor, string>> = { nvidia: 'NVIDIA', amd: 'AMD', apple: 'Metal', vulkan: 'Vulkan' };

function judgeUse(
  use: ModelUse,
  entry: LogEntry,
  { answers, kernel }: GpuSight,
  files: EnvFiles,
  times: ReadonlyMap<string, Date>,
): Judgement | Judgement[] {
  const target = use.state.service.name;
  const vendor = vendorIn(entry);
  const answer = answers[vendor];
  const asked = gpuSetting(use);
  const declined = cpuSetting(use);
  // Told to use the CPU since: the error is of the time before.
  if (!asked && declined?.variable && (times.get(declined.variable.at.file) ?? 0) > entry.log.modifiedAt)
    return refuted({
      target,
      because: `${declined.name} is ${declined.value} now`,
      evidence: [declined.evidence, logEvidence(entry)],
    });
  const evidence: Evidence[] = [logEvidence(entry), ...(asked ? [asked.evidence] : []), gpuEvidence(answer)];
  const found = (summary: string, more: Evidence[] = []): Judgement =>
    proved({ target, summary, evidence: [...evidence, ...more], fixes: cpuFix(asked, target, files) });
  switch (answer.kind) {
    // Its own cause.
    case 'driverMismatch':
      return [];
    case 'timedOut':
    case 'unreadable':
      return unknown({ target, because: answer.because, next: `run ${answer.source}` });
    case 'denied':
      return found(
        `${target} may not use the ${NAMES[vendor]} device of this machine`,
        kernel.nodes.slice(0, 3).map(nodeEvidence),
      );
    case 'ready': {
      const hiding = hidingSetting(use, answer.devices.length);
      if (hiding)
        return found(
          `${hiding.name} is "${hiding.value}", so ${target} sees none of the ${answer.devices.length} devices of this machine`,
          [hiding.evidence],
        );
      if (/with capabilities: \[\[gpu|nvidia-container-cli/.test(entry.record.text))
        return found(
          `This machine has a GPU, and the container engine cannot hand it to ${target}: its NVIDIA runtime is not set up`,
        );
      return refuted({ target, because: `${answer.devices[0]?.name} is there and its driver answers`, evidence });
    }
    case 'notInstalled':
    case 'noDevice':
    case 'driverAbsent': {
      const devices = (kernel.pci ?? []).filter((device) => device.vendor === vendor);
      const [device] = devices;
      const bus: Evidence = {
        kind: 'gpu',
        source: '/sys/bus/pci/devices',
        text:
          kernel.pci === undefined
            ? 'not to be seen here'
            : device
              ? `${device.address}: a device of ${NAMES[vendor]}`
              : `no device of ${NAMES[vendor]} among the display devices (${kernel.pci.length})`,
      };
      if (device)
        return found(
          `${target} wants a GPU: the ${NAMES[vendor]} device at ${device.address} has no driver that answers`,
          [bus],
        );
      return found(`${target} wants a GPU, and this machine has no ${NAMES[vendor]} device`, [bus]);
    }
  }
}

function nodeEvidence({ path, mode, uid, gid }: GpuSight['kernel']['nodes'][number]): Evidence {
  return { kind: 'gpu', source: path, text: `mode ${mode.toString(8)}, owner ${uid}:${gid}` };
}

/** Where an env file asks for the GPU: the value that asks for the CPU. */
function cpuFix(asked: Setting | undefined, target: string, files: EnvFiles): Fix[] {
  const variable = asked?.variable;
  const before = variable && files.get(variable.at.file)?.lines[variable.at.line - 1];
  if (!variable || before === undefined || /VISIBLE_DEVICES$/.test(variable.name)) return [];
  const value = /^-?\d+$|^(?:all|auto|max)$/.test(variable.value) ? '0' : 'cpu';
  const at = before.lastIndexOf(variable.value);
  if (at < 0) return [];
  return [
    {
      title: `Run ${target} on the CPU`,
      risk: 'write',
      changes: [
        {
          kind: 'edit',
          file: variable.at.file,
          line: variable.at.line,
          before,
          after: `${before.slice(0, at)}${value}${before.slice(at + variable.value.length)}`,
        },
      ],
      undo: true,
      verify: `Start ${target}: it loads its model without a GPU.`,
    },
  ];
}
