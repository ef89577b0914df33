import { type TimeMode, timeModeNames, timeModes } from './timeText.ts';

export interface ColumnHead {
  readonly element: HTMLElement;
  show(mode: TimeMode): void;
}

/** The row of column headers; the one of the time chooses how times are written. */
export function createColumnHead(mode: TimeMode, choose: (mode: TimeMode) => void): ColumnHead {
  const group = document.createElement('div');
  group.className = 'column-head';
  group.setAttribute('role', 'rowgroup');
  const row = document.createElement('div');
  row.className = 'row';
  row.setAttribute('role', 'row');
  row.setAttribute('aria-rowindex', '1');
  const select = document.createElement('select');
  select.setAttribute('aria-label', 'How times are written');
  select.title = 'How times are written';
  for (const each of timeModes) {
    const option = document.createElement('option');
    option.value = each;
    option.textContent = timeModeNames[each];
    select.append(option);
  }
  select.value = mode;
  select.addEventListener('change', () => {
    const chosen = timeModes.find((each) => each === select.value);
    if (chosen) choose(chosen);
  });
  const time = heading('', 'cell-time');
  time.append(select);
  const mark = heading('', 'cell-mark');
  mark.setAttribute('aria-label', 'New or rare');
  row.append(
    mark,
    heading('Line', 'cell-line'),
    time,
    heading('Level', 'cell-level'),
    heading('Component', 'cell-component'),
    heading('Message', 'cell-message'),
    heading('Duration', 'cell-duration'),
  );
  group.append(row);
  return {
    element: group,
    show: (shown) => {
      select.value = shown;
    },
  };
}

function heading(text: string, name: string): HTMLElement {
  const element = document.createElement('div');
  element.className = name;
  element.setAttribute('role', 'columnheader');
  element.textContent = text;
  return element;
}
