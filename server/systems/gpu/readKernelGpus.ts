import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

export interface KernelGpuFacts {
  /** PCI devices of the display class, by their vendor. Undefined where the kernel does not show its bus. */
  pci: { address: string; vendor: 'nvidia' | 'amd' | 'intel' | 'other' }[] | undefined;
  /** Version of the loaded NVIDIA module; undefined when none is loaded. */
  nvidiaModule: string | undefined;
  /** Version of the installed libnvidia-ml, by its file name. */
  nvidiaLibrary: string | undefined;
  /** /dev/nvidia0, /dev/nvidiactl, /dev/kfd, /dev/dri/renderD128 … with who may use them. */
  nodes: { path: string; mode: number; uid: number; gid: number }[];
}

const VENDORS: Readonly<Record<string, 'nvidia' | 'amd' | 'intel'>> = {
  '0x10de': 'nvidia',
  '0x1002': 'amd',
  '0x8086': 'intel',
};
const LIBRARY_FOLDERS = ['usr/lib/x86_64-linux-gnu', 'usr/lib64', 'usr/lib', 'usr/lib/aarch64-linux-gnu'];

/** What the Linux kernel shows of graphics processors, whether or not a vendor's tool is installed. Never throws but the signal's reason. */
export async function readKernelGpus(root: string, signal: AbortSignal): Promise<KernelGpuFacts> {
  const at = (...parts: string[]): string => path.join(root, ...parts);
  const [pci, version, libraries, devices, render] = await Promise.all([
    readPci(at('sys/bus/pci/devices')),
    readFile(at('proc/driver/nvidia/version'), 'utf8').catch(() => ''),
    Promise.all(LIBRARY_FOLDERS.map((folder) => listOrEmpty(at(folder)))),
    listOrEmpty(at('dev')),
    listOrEmpty(at('dev/dri')),
  ]);
  signal.throwIfAborted();
  const names = [
    ...devices.filter((name) => /^(?:nvidia(?:\d+|ctl|-uvm)?|kfd)$/.test(name)),
    ...render.filter((name) => /^renderD\d+$/.test(name)).map((name) => `dri/${name}`),
  ];
  const nodes = await Promise.all(
    names.sort().map(async (name) => {
      const found = await stat(at('dev', name)).catch(() => undefined);
      return found && { path: `/dev/${name}`, mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
    }),
  );
  return {
    pci,
    // NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.173.02  Tue Jun 23 08:38:17 UTC 2026
    nvidiaModule: /Kernel Module(?: for \w+)? {1,4}([\d.]{3,20})/.exec(version)?.[1],
    nvidiaLibrary: libraries
      .flat()
      .map((name) => /^libnvidia-ml\.so\.(\d+\.[\d.]{1,20})$/.exec(name)?.[1])
      .find((found) => found !== undefined),
    nodes: nodes.filter((node) => node !== undefined),
  };
}

async function readPci(folder: string): Promise<KernelGpuFacts['pci']> {
  const addresses = await readdir(folder).catch(() => undefined);
  if (!addresses) return undefined;
  const found = await Promise.all(
    addresses.map(async (address) => {
      const [kind, vendor] = await Promise.all(
        ['class', 'vendor'].map((name) => readFile(path.join(folder, address, name), 'utf8').catch(() => '')),
      );
      // 0x03....: VGA, XGA, 3D and other display controllers; 0x1200: processing accelerators
      if (!/^0x(?:03|1200)/.test(kind ?? '')) return undefined;
      return { address, vendor: VENDORS[vendor?.trim() ?? ''] ?? ('other' as const) };
    }),
  );
  return found.filter((device) => device !== undefined);
}

async function listOrEmpty(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
