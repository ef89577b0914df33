/** A sequence of numbers that is the same for the same seed: [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 0x100_0000;
  };
}

const WORDS = [
  'refused',
  'block',
  'für',
  'took=12',
  'trace=ab',
  'GET /a/b',
  '\u0000',
  '\r',
  'päckchen 🚚',
  '{"a":"b\\n  at x (y.js:1)"}',
];
const LEVELS = ['INFO', 'WARN', 'ERROR', 'DEBUG', 'X'];

/** Lines of the stand-in's format with everything odd that a log may hold: traces, blank and endless lines, CRLF, NUL bytes, bytes that are no UTF-8. */
export function randomLog(seed: number, lines: number, { crlf = 0.1, longest = 200 } = {}): Buffer {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const pieces: Buffer[] = [];
  let time = Date.UTC(2026, 10, 24, 10);
  for (let line = 0; line < lines; line += 1) {
    const kind = random();
    time += Math.floor(random() * 900) - 20;
    const stamp = new Date(time).toISOString().replace('T', ' ').replace('.', ',').slice(0, 23);
    let text = `${stamp} ${pick(LEVELS)} [t-${Math.floor(random() * 4)}] com.example.C${Math.floor(random() * 9)}: `;
    const words = Math.floor(random() * 6);
    for (let word = 0; word < words; word += 1) text += `${pick(WORDS)}${Math.floor(random() * 99)} `;
    if (kind < 0.08)
      text = `   at com.example.Main.run${Math.floor(random() * 3)}(Main.java:${Math.floor(random() * 50)})`;
    else if (kind < 0.12) text = pick(['', ' ', 'select *', 'Caused by: x', '\u0000\u0000\u0000']);
    else if (kind < 0.13) text += 'y'.repeat(Math.floor(random() * longest));
    else if (kind < 0.15) text = `\u0000\u0000${text}`;
    pieces.push(Buffer.from(text), Buffer.from(random() < crlf ? '\r\n' : '\n'));
    if (random() < 0.02) pieces.push(Buffer.from([0xff, 0xfe, 0x80, 10]));
  }
  return Buffer.concat(pieces);
}
