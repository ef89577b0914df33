import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createHost } from '../../server/systems/host/host.ts';
import { fillInodes, fillSpace, type MountedImage, mountImage } from '../support/mountImage.ts';
import { requireSystem } from '../support/requireSystem.ts';

const host = createHost();
const signal = new AbortController().signal;
const mount = requireSystem('mount');

describe('host', () => {
  it('tells CPU and memory', async () => {
    const facts = await host.facts(signal);
    expect(facts).toMatchObject({ platform: process.platform, cpuCount: os.availableParallelism() });
    expect(facts.availableMemoryBytes).toBeGreaterThan(0);
    expect(facts.availableMemoryBytes).toBeLessThanOrEqual(facts.totalMemoryBytes);
    expect(facts.load1).toBeGreaterThanOrEqual(0);
  });

  it('finds the filesystem of a path that does not exist yet', async () => {
    const here = await host.filesystemOf(os.tmpdir(), signal);
    const deep = await host.filesystemOf(path.join(os.tmpdir(), 'not', 'there', 'yet'), signal);
    expect({ ...deep, availableBytes: 0, freeInodes: 0 }).toEqual({ ...here, availableBytes: 0, freeInodes: 0 });
    await expect(host.filesystemOf('/', AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});

describe.skipIf(!mount.available)('a mounted filesystem', () => {
  let image: MountedImage | undefined;
  afterEach(async () => {
    await image?.dispose();
    image = undefined;
  });

  it('is full', async () => {
    image = await mountImage({ megabytes: 8, name: 'full disk' });
    const before = await host.filesystemOf(image.folder, signal);
    expect(before).toMatchObject({ mountPoint: image.folder, type: 'ext4', readOnly: false });
    expect(before.availableBytes).toBeGreaterThan(1_000_000);
    await fillSpace(image.folder);
    const after = await host.filesystemOf(path.join(image.folder, 'logs/app.log'), signal);
    expect(after.mountPoint).toBe(image.folder);
    expect(after.availableBytes).toBeLessThan(1024);
    expect(after.freeInodes).toBeGreaterThan(0);
  });

  it('does not count what is reserved for root', async () => {
    image = await mountImage({ megabytes: 16, reservedPercent: 50 });
    const { availableBytes, totalBytes } = await host.filesystemOf(image.folder, signal);
    expect(availableBytes).toBeLessThan(totalBytes * 0.55);
  });

  it('has no inode left', async () => {
    image = await mountImage({ megabytes: 8, inodes: 64 });
    await fillInodes(image.folder);
    const after = await host.filesystemOf(image.folder, signal);
    expect(after).toMatchObject({ totalInodes: 64, freeInodes: 0 });
    expect(after.availableBytes).toBeGreaterThan(1_000_000);
  });

  it('is read-only', async () => {
    image = await mountImage({ megabytes: 8, readOnly: true });
    expect(await host.filesystemOf(image.folder, signal)).toMatchObject({ readOnly: true });
  });

  it('is listed below the folder that holds it', async () => {
    image = await mountImage({ megabytes: 8, name: 'a b' });
    const parent = path.dirname(image.folder);
    expect(await host.mountsBelow(parent, signal)).toEqual([image.folder]);
    expect(await host.mountsBelow(image.folder, signal)).toEqual([image.folder]);
    await mkdir(path.join(image.folder, 'inner'));
    expect(await host.mountsBelow(path.join(image.folder, 'inner'), signal)).toEqual([]);
    expect(await host.mountsBelow('/', signal)).toContain(image.folder);
  });
});
