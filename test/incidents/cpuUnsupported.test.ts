import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeIncidents } from '../support/describeIncidents.ts';
import { requireSystem } from '../support/requireSystem.ts';
import { createScenario } from '../support/scenario.ts';

const linux = requireSystem('linux');
const cpuinfo = linux.available ? readFileSync('/proc/cpuinfo', 'utf8') : '';
/** A feature that this machine really lacks: which one depends on where the tests run. */
const LACKING =
  ['amx_tile', 'avx512_fp16', 'avx512f', 'avx_vnni'].find((feature) => !new RegExp(`\\b${feature}\\b`).test(cpuinfo)) ??
  '';
const SPOKEN = LACKING.toUpperCase().replace('_', '-');

/** Looks for what it needs like many a native module, and dies of the instruction all the same. */
const PROGRAM = `
import ctypes, mmap, os, sys
flags = open('/proc/cpuinfo').read()
if '${LACKING}' not in flags.split():
    print("error: this build requires ${SPOKEN}, which this CPU does not support", flush=True)
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b'\\x0f\\x0b')  # ud2: an instruction that no processor has
ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
`;
const RUN = '#!/bin/sh\npython3 native.py\necho "exit code $?"\nexit 132\n';
const PACKAGE = '{ "name": "embedder", "scripts": { "start": "sh run.sh" } }';

describe.skipIf(!linux.available || LACKING === '')('on this processor', () => {
  describeIncidents('cpu.unsupported', [
    {
      name: `a program that needs ${SPOKEN}`,
      files: { 'package.json': PACKAGE, 'run.sh': RUN, 'native.py': PROGRAM },
      start: ['sh', 'run.sh'],
      root: {
        cause: 'cpu.unsupported',
        target: 'embedder',
        mentions: [LACKING, '/proc/cpuinfo'],
        confidence: 'proved',
      },
    },
    {
      name: 'a library that names the feature when it is loaded',
      files: { 'package.json': PACKAGE, 'run.sh': RUN },
      recorded: `ImportError: this wheel was built for ${SPOKEN}: your CPU does not support ${SPOKEN}\n`,
      root: { cause: 'cpu.unsupported', mentions: [LACKING] },
    },
    {
      name: 'misleading: "Illegal instruction" because somebody sent the signal, on a processor that has AVX2; the module is missing',
      files: {
        'package.json': '{ "name": "embedder", "scripts": { "start": "node embed.js" } }',
        'run.sh': '#!/bin/bash\nbash -c "kill -ILL \\$\\$"\nnode embed.js\n',
        'embed.js': "require('./native-avx2.js');",
      },
      start: ['bash', 'run.sh'],
      root: { cause: ['dependency.module-missing', 'file.missing'] },
      never: ['cpu.unsupported'],
    },
  ]);

  it('rules out what the processor has', async () => {
    const scenario = await createScenario();
    try {
      const has = ['avx2', 'sse4_2', 'avx'].find((feature) => new RegExp(`\\b${feature}\\b`).test(cpuinfo)) ?? 'sse3';
      await scenario.write({
        'package.json': PACKAGE,
        'run.sh': RUN,
        'logs/app.log': `loading\nerror: this build requires ${has.toUpperCase().replace('_', '.')}\nIllegal instruction (core dumped)\n`,
      });
      const report = await scenario.diagnose();
      expect(report.findings.map(({ cause }) => cause)).not.toContain('cpu.unsupported');
      expect(report.ruledOut.map(({ cause }) => cause)).toContain('cpu.unsupported');
    } finally {
      await scenario.dispose();
    }
  });
});
