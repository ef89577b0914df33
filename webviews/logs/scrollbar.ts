import { thumbOf, topOfThumb } from './scrollMap.ts';

/** The table's own scrollbar, in the editor's look: a track with a thumb that follows the pointer. */
export class Scrollbar {
  readonly element = document.createElement('div');
  readonly #thumb = document.createElement('div');
  readonly #scrollTo: (top: number) => void;
  #count = 0;
  #height = 0;
  #thumbTop = 0;
  #thumbHeight = 0;
  /** Where in the thumb the pointer holds it. */
  #grip: number | undefined;

  constructor(controls: string, scrollTo: (top: number) => void) {
    this.#scrollTo = scrollTo;
    const { element } = this;
    element.className = 'scrollbar';
    element.setAttribute('role', 'scrollbar');
    element.setAttribute('aria-orientation', 'vertical');
    element.setAttribute('aria-controls', controls);
    element.setAttribute('aria-label', 'Position in the log');
    element.setAttribute('aria-valuemin', '0');
    this.#thumb.className = 'thumb';
    element.append(this.#thumb);
    element.addEventListener('pointerdown', (event) => this.#grab(event));
    element.addEventListener('pointermove', (event) => this.#drag(event));
    const release = (): void => {
      this.#grip = undefined;
      element.classList.remove('held');
    };
    element.addEventListener('pointerup', release);
    element.addEventListener('pointercancel', release);
  }

  /** @param top of the content @param height of its visible part; both in px @param first visible row */
  update(top: number, count: number, height: number, first: number): void {
    this.#count = count;
    this.#height = height;
    const thumb = thumbOf(top, count, height);
    const { element } = this;
    element.classList.toggle('unneeded', thumb === undefined);
    element.setAttribute('aria-valuemax', String(Math.max(0, count - 1)));
    element.setAttribute('aria-valuenow', String(first));
    if (!thumb) return;
    this.#thumbTop = thumb.top;
    if (thumb.height !== this.#thumbHeight) this.#thumb.style.height = `${thumb.height}px`;
    this.#thumbHeight = thumb.height;
    this.#thumb.style.transform = `translateY(${thumb.top}px)`;
  }

  #grab(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    const y = event.clientY - this.element.getBoundingClientRect().top;
    const inside = y >= this.#thumbTop && y <= this.#thumbTop + this.#thumbHeight;
    this.#grip = inside ? y - this.#thumbTop : this.#thumbHeight / 2;
    this.element.setPointerCapture(event.pointerId);
    this.element.classList.add('held');
    if (!inside) this.#drag(event);
  }

  #drag(event: PointerEvent): void {
    if (this.#grip === undefined) return;
    const y = event.clientY - this.element.getBoundingClientRect().top;
    this.#scrollTo(topOfThumb(y - this.#grip, this.#count, this.#height));
  }
}
