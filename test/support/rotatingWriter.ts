import {
  closeSync,
  copyFileSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

/**
 * A program that logs numbered lines as fast as it can and whose log is rotated: `node rotatingWriter.ts FILE STYLE TIMES`.
 * Rotates once for each message of its parent, and not before 2,000 lines; ends after so many rotations and says how many
 * lines there were.
 */
const [file = '', style = '', times = ''] = process.argv.slice(2);
let line = 0;
let rotations = 0;
let lines = 0;
let asked = 0;
let descriptor = style === 'symlink' ? begin() : openSync(file, 'a');

function begin(): number {
  const target = `${file}.${rotations}.target`;
  const opened = openSync(target, 'a');
  symlinkSync(target, `${file}.new`);
  renameSync(`${file}.new`, file);
  return opened;
}

function shift(move: () => void): void {
  for (let number = rotations; number > 0; number -= 1) renameSync(`${file}.${number}`, `${file}.${number + 1}`);
  move();
}

function rotate(): void {
  if (style === 'copytruncate') {
    shift(() => copyFileSync(file, `${file}.1`));
    truncateSync(file, 0);
  } else {
    const old = descriptor;
    if (style === 'rename') shift(() => renameSync(file, `${file}.1`));
    if (style === 'delete') unlinkSync(file);
    rotations += 1;
    // Programs write to the old file until they open the new one.
    write(100);
    descriptor = style === 'symlink' ? begin() : openSync(file, 'a');
    closeSync(old);
    rotations -= 1;
  }
  rotations += 1;
}

function write(count: number): void {
  for (let at = 0; at < count; at += 1) {
    line += 1;
    writeSync(descriptor, `${line} a line of ${path.basename(file)}\n`);
  }
  lines += count;
}

// Whoever started it is gone: nobody reads any more.
process.on('disconnect', () => process.exit(0));

process.on('message', () => {
  asked += 1;
});

setInterval(() => {
  write(500);
  if (asked === 0 || lines < 2_000) return;
  asked -= 1;
  lines = 0;
  if (rotations < Number(times)) rotate();
  else process.send?.(line, () => process.exit(0));
}, 1);
