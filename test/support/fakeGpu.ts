import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Scenario } from './scenario.ts';

/** What a stand-in for a vendor's tool does. */
export interface GpuTool {
  stdout?: string;
  stderr?: string;
  exitCode?: number;
  /** It never ends, like nvidia-smi on a device that fell off the bus. */
  hang?: boolean;
}

/**
 * Puts a tool of that name first on the PATH that replays what the real one printed: no GPU is here. It refuses other
 * arguments than the reading ones that the product uses.
 */
export function startFakeGpu(scenario: Scenario, name: 'nvidia-smi' | 'rocm-smi', tool: GpuTool): void {
  const folder = path.join(scenario.outside, 'bin');
  mkdirSync(folder, { recursive: true });
  const out = path.join(scenario.outside, `${name}.out`);
  const err = path.join(scenario.outside, `${name}.err`);
  writeFileSync(out, tool.stdout ?? '');
  writeFileSync(err, tool.stderr ?? '');
  const file = path.join(folder, name);
  const expected = name === 'nvidia-smi' ? '-q -x' : '--showproductname *';
  writeFileSync(
    file,
    `#!/bin/sh
case "$*" in
  ${expected.replace('*', '').replaceAll(' ', '\\ ')}${expected.endsWith('*') ? '*' : ''}) ;;
  *) echo "unexpected arguments: $*" >&2; exit 64 ;;
esac
cat '${out}'; cat '${err}' >&2
${tool.hang ? 'exec sleep 600' : `exit ${tool.exitCode ?? 0}`}
`,
  );
  chmodSync(file, 0o755);
  const before = process.env.PATH;
  process.env.PATH = `${folder}${path.delimiter}${before}`;
  scenario.onDispose(() => {
    process.env.PATH = before;
  });
}

/** The document of `nvidia-smi -q -x` (DTD v12) for one device, as far as it concerns memory and processes. Memory in MiB. */
export function nvidiaXml(options: {
  name?: string;
  driver?: string;
  cuda?: string;
  total: number;
  used: number;
  processes?: readonly { pid: number; name: string; used: number }[];
}): string {
  const { name = 'NVIDIA GeForce RTX 3090', driver = '550.144.03', cuda = '12.4', total, used } = options;
  const processes = (options.processes ?? [])
    .map(
      (each) => `
			<process_info>
				<gpu_instance_id>N/A</gpu_instance_id>
				<compute_instance_id>N/A</compute_instance_id>
				<pid>${each.pid}</pid>
				<type>C</type>
				<process_name>${each.name}</process_name>
				<used_memory>${each.used} MiB</used_memory>
			</process_info>`,
    )
    .join('');
  return `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
	<timestamp>Mon Nov 24 10:00:00 2026</timestamp>
	<driver_version>${driver}</driver_version>
	<cuda_version>${cuda}</cuda_version>
	<attached_gpus>1</attached_gpus>
	<gpu id="00000000:01:00.0">
		<product_name>${name}</product_name>
		<mig_devices>
			None
		</mig_devices>
		<fb_memory_usage>
			<total>${total} MiB</total>
			<reserved>316 MiB</reserved>
			<used>${used} MiB</used>
			<free>${total - used} MiB</free>
		</fb_memory_usage>
		<bar1_memory_usage>
			<total>256 MiB</total>
			<used>6 MiB</used>
			<free>250 MiB</free>
		</bar1_memory_usage>
		<processes>${processes}
		</processes>
		<accounted_processes>
		</accounted_processes>
	</gpu>

</nvidia_smi_log>
`;
}

/** What nvidia-smi prints after the driver's packages were updated under the loaded module; it exits with 18. */
export const DRIVER_MISMATCH: GpuTool = {
  stdout: 'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.144\n',
  exitCode: 18,
};
