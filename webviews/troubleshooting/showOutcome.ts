import type { TroubleshootingState } from '../../server/protocol/troubleshooting.ts';

/**
 * Brings how far the fix is before the user's eyes when that has changed, and gives the keyboard to it when the button that began
 * the fix is gone with its finding.
 */
export function showOutcome(
  root: HTMLElement,
  before: TroubleshootingState | undefined,
  now: TroubleshootingState,
): void {
  if (!before || before.fix?.phase === now.fix?.phase) return;
  const outcome = root.querySelector<HTMLElement>('.outcome');
  // It stands on top; the button that began it may be far below.
  outcome?.scrollIntoView({ block: 'nearest' });
  const isOver = now.fix?.phase === 'done' || now.fix?.phase === 'stopped';
  const { activeElement } = document;
  // A heading holds the focus only in the place of something that is gone.
  const isLost = activeElement === document.body || activeElement?.localName === 'h1';
  if (isOver && isLost && document.hasFocus()) outcome?.focus();
}
