/** Walks the fields of one line of CSV or TSV. A quoted field that no quote closes goes on in the next line. */
export class CsvRow {
  /** Of the field that `next` found; without its quotes. */
  start = 0;
  end = 0;
  quoted = false;
  /** The line ended inside of quotes. */
  open = false;
  #at = 0;
  #inside = false;
  readonly #delimiter: number;

  /** @param delimiter byte between fields */
  constructor(delimiter: number) {
    this.#delimiter = delimiter;
  }

  /** @param inside the line begins inside of a quoted field that the line before left open */
  begin(at: number, inside = false): void {
    this.#at = at;
    this.#inside = inside;
    this.open = false;
  }

  /** Moves to the next field; false: there is none. */
  next(bytes: Uint8Array, end: number): boolean {
    let at = this.#at;
    if (at > end) return false;
    const inside = this.#inside;
    this.#inside = false;
    this.quoted = inside || (at < end && bytes[at] === 0x22);
    if (this.quoted) {
      if (!inside) at += 1;
      this.start = at;
      for (;;) {
        while (at < end && bytes[at] !== 0x22) at += 1;
        if (at >= end) {
          this.open = true;
          break;
        }
        // A quote inside is doubled.
        if (bytes[at + 1] !== 0x22 || at + 1 >= end) break;
        at += 2;
      }
      this.end = at;
      at += 1;
      while (at < end && bytes[at] !== this.#delimiter) at += 1;
    } else {
      this.start = at;
      while (at < end && bytes[at] !== this.#delimiter) at += 1;
      this.end = at;
    }
    this.#at = at + 1;
    return true;
  }
}

/** The fields of a whole record, whose quoted fields may hold line feeds. */
export function csvFields(text: string, delimiter: number): string[] {
  const bytes = Buffer.from(text);
  const row = new CsvRow(delimiter);
  row.begin(0);
  const fields: string[] = [];
  while (row.next(bytes, bytes.length)) {
    const field = bytes.toString('utf8', row.start, row.end);
    fields.push(row.quoted ? field.replaceAll('""', '"') : field);
  }
  return fields;
}
