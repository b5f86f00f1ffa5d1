/** What the demo tells: plain lines, each with the time since the start. */
export class Report {
  readonly #startedMs = performance.now();

  heading(text: string): void {
    console.log(`${text}\n`);
  }

  /** Something that was done. */
  did(text: string): void {
    this.#line('', text);
  }

  /** Something that was promised and was seen to hold. */
  held(text: string): void {
    this.#line('ok', text);
  }

  failed(text: string): void {
    this.#line('--', `FAILED: ${text}`);
  }

  /** More about the line before. */
  detail(text: string): void {
    console.log(text === '' ? '' : `${' '.repeat(13)}${text}`);
  }

  table(rows: string[][], rightAligned: number): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    this.detail('');
    for (const row of rows) {
      const cells = row.map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === rightAligned ? cell.padStart(width) : cell.padEnd(width);
      });
      this.detail(cells.join('  ').trimEnd());
    }
    this.detail('');
  }

  #line(mark: string, text: string): void {
    const seconds = ((performance.now() - this.#startedMs) / 1_000).toFixed(1);
    console.log(`${seconds.padStart(6)} s  ${mark.padEnd(2)} ${text}`);
  }
}

/** `1 claim`, `7 claims`. */
export const count = (number: number, thing: string, things = `${thing}s`): string =>
  `${number} ${number === 1 ? thing : things}`;
