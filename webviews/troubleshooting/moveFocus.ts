/**
 * The arrow keys in a grid of buttons of which only one is a stop of the Tab key: left and right go along, up and down to the
 * same column of the next row, Home and End to the ends.
 */
export function moveFocus(event: KeyboardEvent): void {
  const { currentTarget: grid, target, key } = event;
  if (!(grid instanceof HTMLElement)) return;
  const buttons = [...grid.querySelectorAll('button')];
  const at = target instanceof HTMLButtonElement ? buttons.indexOf(target) : -1;
  const to = at < 0 ? undefined : destination(key, at, columnsOf(buttons), buttons.length);
  const next = to === undefined ? undefined : buttons[to];
  if (!next) return;
  event.preventDefault();
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
}

/** The index to go to; undefined for another key, or at an edge. */
export function destination(key: string, at: number, columns: number, count: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - columns,
    ArrowDown: at + columns,
    Home: 0,
    End: count - 1,
  };
  const to = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return to === undefined || to < 0 || to >= count ? undefined : to;
}

/** How many stand in the first row: as many as the width has room for. */
function columnsOf(buttons: readonly HTMLElement[]): number {
  const top = buttons[0]?.offsetTop;
  return Math.max(1, buttons.filter(({ offsetTop }) => offsetTop === top).length);
}
