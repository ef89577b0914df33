/** A moment of a log as its reader's clock shows it: `2026-11-24 18:42:07.123`. @param ms since the epoch */
export function logTime(ms: number): string {
  const time = new Date(ms);
  if (Number.isNaN(time.getTime())) return 'a time out of range';
  const date = `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
  return `${date} ${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}.${pad(time.getMilliseconds(), 3)}`;
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}
