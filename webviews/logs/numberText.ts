const grouped = new Intl.NumberFormat('en-US');
const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** `1,204` */
export function countText(count: number): string {
  return grouped.format(count);
}

/** `1,204`, `12.3k`, `4.5M`: where there is little room. */
export function shortCount(count: number): string {
  if (count < 10_000) return grouped.format(count);
  if (count < 999_500) return `${Number((count / 1000).toFixed(count < 100_000 ? 1 : 0))}k`;
  return `${Number((count / 1_000_000).toFixed(count < 100_000_000 ? 1 : 0))}M`;
}

/** `1 record`, `1,204 records` */
export function countOf(count: number, noun: string): string {
  return `${grouped.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `1.2 GB`; units of 1024. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${units[unit]}`;
}

/** `0 %`, `< 1 %`, `43 %` */
export function percentText(share: number): string {
  if (share > 0 && share < 0.01) return '< 1 %';
  return `${Math.floor(share * 100)} %`;
}
