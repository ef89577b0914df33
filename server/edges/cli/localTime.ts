/** A moment as the person at the terminal reads it: `2026-11-24 18:42`. */
export function localTime(iso: string): string {
  const time = new Date(iso);
  return `${localDay(iso)} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** Only its day: `2026-11-24`. */
export function localDay(iso: string): string {
  const time = new Date(iso);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
