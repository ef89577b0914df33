import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCpuinfo, parseSysctl } from '../../../server/systems/cpu/readCpuFeatures.ts';
import { readProfilerJson, readVulkanSummary } from '../../../server/systems/gpu/askGraphics.ts';
import { readNvidiaComplaint, readNvidiaXml } from '../../../server/systems/gpu/askNvidia.ts';
import { readRocmJson } from '../../../server/systems/gpu/askRocm.ts';
import { createGpu } from '../../../server/systems/gpu/gpu.ts';
import { nvidiaXml } from '../../support/fakeGpu.ts';

const MIB = 1 << 20;

describe('nvidia-smi', () => {
  it('tells driver, CUDA, memory and who holds it', async () => {
    const xml = nvidiaXml({
      total: 24_576,
      used: 20_001,
      processes: [{ pid: 4242, name: '/usr/bin/python3', used: 19_998 }],
    });
    expect(await readNvidiaXml(xml)).toEqual({
      kind: 'ready',
      source: 'nvidia-smi -q -x',
      driverVersion: '550.144.03',
      cudaVersion: '12.4',
      devices: [
        {
          index: 0,
          name: 'NVIDIA GeForce RTX 3090',
          totalBytes: 24_576 * MIB,
          usedBytes: 20_001 * MIB,
          freeBytes: 4_575 * MIB,
          processes: [{ pid: 4242, name: '/usr/bin/python3', usedBytes: 19_998 * MIB }],
        },
      ],
    });
  });

  it('leaves out what the driver does not tell', async () => {
    const xml = nvidiaXml({ total: 100, used: 1 })
      .replaceAll(/\d+ MiB/g, 'N/A')
      .replace('<cuda_version>12.4', '<cuda_version>Not Found');
    expect(await readNvidiaXml(xml)).toMatchObject({
      cudaVersion: undefined,
      devices: [{ totalBytes: undefined, freeBytes: undefined, processes: [] }],
    });
  });

  it('is unreadable, not a crash, when it prints something else', async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><nvidia_smi_log><gpu>&b;</gpu></nvidia_smi_log>`;
    for (const xml of ['<nvidia_smi_log><gpu>', '<nvidia_smi_log>\u0000\ufffd</x>', bomb, '<nvidia_smi_log/>'])
      expect((await readNvidiaXml(xml)).kind).toMatch(/unreadable|noDevice/);
  });

  it('is told apart by its complaints', () => {
    const kinds = [
      'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.144',
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
      'No devices were found',
      'Failed to initialize NVML: Insufficient Permissions',
      'Unable to determine the device handle for GPU0000:01:00.0: Unknown Error',
    ].map((text) => readNvidiaComplaint(text, 1).kind);
    expect(kinds).toEqual(['driverMismatch', 'driverAbsent', 'noDevice', 'denied', 'unreadable']);
  });
});

describe('the other tools', () => {
  it('read ROCm, with warnings ahead of its document', () => {
    const answer = readRocmJson(
      'WARNING: AMD GPU device(s) is/are in a low-power state.\n{"card0": {"VRAM Total Memory (B)": "17163091968", "VRAM Total Used Memory (B)": "163091968", "Card Series": "Radeon RX 6800"}, "system": {"Driver version": "6.7.0", "PID7": "python3, 1, 100000000, 0, unknown"}}',
      '',
    );
    expect(answer).toMatchObject({
      kind: 'ready',
      driverVersion: '6.7.0',
      devices: [{ name: 'Radeon RX 6800', freeBytes: 17_000_000_000, processes: [{ pid: 7, usedBytes: 100_000_000 }] }],
    });
    expect(readRocmJson('ERROR:root:Driver not initialized (amdgpu not found in modules)', '').kind).toBe(
      'driverAbsent',
    );
    expect(readRocmJson('not json', '').kind).toBe('unreadable');
  });

  it('take no software renderer for a Vulkan device', () => {
    const summary = (type: string, name: string): string =>
      `==========\nVULKANINFO\n==========\n\nDevices:\n========\nGPU0:\n\tapiVersion         = 1.3.242\n\tdeviceType         = ${type}\n\tdeviceName         = ${name}\n\tdriverInfo         = Mesa 22.3.6\n`;
    expect(readVulkanSummary(summary('PHYSICAL_DEVICE_TYPE_CPU', 'llvmpipe (LLVM 15.0.6, 256 bits)'), '').kind).toBe(
      'noDevice',
    );
    expect(readVulkanSummary(summary('PHYSICAL_DEVICE_TYPE_DISCRETE_GPU', 'Radeon RX 6800'), '')).toMatchObject({
      kind: 'ready',
      devices: [{ name: 'Radeon RX 6800' }],
    });
  });

  it('read Apple devices that support Metal', () => {
    const answer = readProfilerJson(
      '{"SPDisplaysDataType":[{"_name":"Apple M2","sppci_model":"Apple M2","spdisplays_mtlgpufamilysupport":"spdisplays_metal3"},{"sppci_model":"Old card"}]}',
    );
    expect(answer).toMatchObject({ kind: 'ready', devices: [{ name: 'Apple M2' }] });
  });
});

describe('the kernel', () => {
  it('shows devices, the loaded module and the installed library', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'tektra-gpu-'));
    try {
      const write = async (file: string, text: string): Promise<void> => {
        await mkdir(path.dirname(path.join(root, file)), { recursive: true });
        await writeFile(path.join(root, file), text);
      };
      await write('sys/bus/pci/devices/0000:01:00.0/class', '0x030000\n');
      await write('sys/bus/pci/devices/0000:01:00.0/vendor', '0x10de\n');
      await write('sys/bus/pci/devices/0000:00:1f.0/class', '0x060100\n');
      await write('sys/bus/pci/devices/0000:00:1f.0/vendor', '0x8086\n');
      await write(
        'proc/driver/nvidia/version',
        'NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.173.02  Tue Jun 23 08:38:17 UTC 2026\nGCC version:  gcc version 14.2.0\n',
      );
      await write('usr/lib/x86_64-linux-gnu/libnvidia-ml.so.580.178.04', '');
      await write('dev/nvidia0', '');
      expect(await createGpu(root).kernel(new AbortController().signal)).toMatchObject({
        pci: [{ address: '0000:01:00.0', vendor: 'nvidia' }],
        nvidiaModule: '580.173.02',
        nvidiaLibrary: '580.178.04',
        nodes: [{ path: '/dev/nvidia0' }],
      });
      expect(await createGpu(path.join(root, 'nothing')).kernel(new AbortController().signal)).toEqual({
        pci: undefined,
        nvidiaModule: undefined,
        nvidiaLibrary: undefined,
        nodes: [],
      });
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});

describe('the processor', () => {
  it('tells its features on x86, on ARM and on macOS', () => {
    const x86 = parseCpuinfo(
      'processor\t: 0\nmodel name\t: Intel(R) Celeron(R) J4125\nflags\t\t: fpu sse4_2 aes\n\nprocessor\t: 1\n',
    );
    expect(x86).toMatchObject({
      kind: 'known',
      model: 'Intel(R) Celeron(R) J4125',
      features: new Set(['fpu', 'sse4_2', 'aes']),
    });
    expect(parseCpuinfo('processor\t: 0\nFeatures\t: fp asimd sve\n')).toMatchObject({
      features: new Set(['fp', 'asimd', 'sve']),
    });
    expect(parseCpuinfo('')).toMatchObject({ kind: 'unknown' });
    expect(parseSysctl('Intel(R) Core(TM) i7\nFPU SSE4.2 AVX1.0 FMA F16C\nAVX2 BMI1\n')).toMatchObject({
      features: new Set(['fpu', 'sse4_2', 'avx', 'fma', 'f16c', 'avx2', 'bmi1']),
    });
    expect(parseSysctl('Apple M2\n')).toMatchObject({ kind: 'unknown' });
  });
});
