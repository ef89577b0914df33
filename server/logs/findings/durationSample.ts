/** Most durations that are kept of one template: 12 bytes each. */
const CAPACITY = 4_096;

/** Durations of one template with their positions, evenly thinned out when they are many; the longest two are always known. */
export class DurationSample {
  /** How many were added, and how many of them are kept. */
  size = 0;
  kept = 0;
  positions = new Float64Array(64);
  values = new Float32Array(64);
  longest = -1;
  longestAt = -1;
  next = -1;
  #stride = 1;

  /** @param value ms, not negative */
  add(position: number, value: number): void {
    if (value > this.longest) {
      this.next = this.longest;
      this.longest = value;
      this.longestAt = position;
    } else if (value > this.next) this.next = value;
    if (this.size % this.#stride === 0) {
      if (this.kept === CAPACITY) this.#thin();
      if (this.size % this.#stride === 0) this.#keep(position, value);
    }
    this.size += 1;
  }

  #keep(position: number, value: number): void {
    if (this.kept === this.values.length) {
      const { positions, values } = this;
      this.positions = new Float64Array(positions.length * 2);
      this.values = new Float32Array(values.length * 2);
      this.positions.set(positions);
      this.values.set(values);
    }
    this.positions[this.kept] = position;
    this.values[this.kept] = value;
    this.kept += 1;
  }

  #thin(): void {
    for (let at = 0; at * 2 < this.kept; at += 1) {
      this.positions[at] = this.positions[at * 2] as number;
      this.values[at] = this.values[at * 2] as number;
    }
    this.kept = Math.ceil(this.kept / 2);
    this.#stride *= 2;
  }
}
