export interface Figure {
  scenario: string;
  acknowledged: number;
  lost: number;
  pauseMs: number;
}

/** What a run has measured, as rows for docs/kafka.md. */
export class Figures {
  readonly #rows: Figure[] = [];

  add(figure: Figure): void {
    this.#rows.push(figure);
  }

  table(): string {
    const row = ({ scenario, acknowledged, lost, pauseMs }: Figure) =>
      `| ${scenario} | ${acknowledged} | ${lost} | ${(pauseMs / 1_000).toFixed(1)} s |`;
    return ['| event | acknowledged | lost | longest pause |', '|---|---|---|---|', ...this.#rows.map(row)].join('\n');
  }
}
