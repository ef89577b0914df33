import { FILTER_FIELD } from './filterView.ts';
import type { LogsPage } from './logsPage.ts';

/** What a key does while the table has the focus. @returns whether it was one of ours */
export function tableKey(page: LogsPage, event: KeyboardEvent): boolean {
  const { table, selected } = page;
  const at = selected?.position ?? table.visible.first;
  const moves: Readonly<Record<string, () => void>> = {
    ArrowDown: () => page.select(selected ? at + 1 : at),
    ArrowUp: () => page.select(selected ? at - 1 : at),
    PageDown: () => page.select(at + table.pageRows),
    PageUp: () => page.select(at - table.pageRows),
    Home: () => page.select(0),
    End: () => page.select(table.count - 1),
    Enter: () => page.toggleDetail(true),
    Escape: () => page.toggleDetail(false),
  };
  const move = Object.hasOwn(moves, event.key) ? moves[event.key] : undefined;
  if (move && !event.altKey && !event.metaKey) {
    move();
    return true;
  }
  if ((event.ctrlKey || event.metaKey) && event.key === 'c' && document.getSelection()?.isCollapsed !== false) {
    void page.errands.copySelected();
    return true;
  }
  return false;
}

/** Keys of the whole page, wherever the focus is but in a field. @returns whether it was one of ours */
export function pageKey(page: LogsPage, event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const acts: Readonly<Record<string, () => void>> = {
    '/': () => {
      const field = document.getElementById(FILTER_FIELD);
      if (field instanceof HTMLInputElement) {
        field.focus();
        field.select();
      }
    },
    n: () => void page.travel.step('error', 1),
    N: () => void page.travel.step('error', -1),
    ']': () => void page.travel.step('template', 1),
    '[': () => void page.travel.step('template', -1),
    f: () => page.toggleFollow(),
    g: () => page.travel.openGoTo(),
  };
  const act = Object.hasOwn(acts, event.key) ? acts[event.key] : undefined;
  act?.();
  return act !== undefined;
}

/** Where keys are text. */
export function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  );
}
