/** One line, bar or figure of a panel for each series of `expr`. */
export interface Query {
  expr: string;
  legend: string;
}

/** From this value on, the colour. The first step has no value. */
export type Thresholds = readonly { value: number | null; color: 'green' | 'yellow' | 'red' }[];

export interface Panel {
  title: string;
  description: string;
  /** A figure, bars of what is now, or lines over time. */
  kind: 'figure' | 'bars' | 'lines';
  /** One of Grafana's units: `bytes` counts in 1024, `percentunit` means 1 is 100%, `cpm` is a rate per minute. */
  unit: 'short' | 'bytes' | 'percentunit' | 's' | 'cpm';
  /** Columns of the grid, of 24, and rows. */
  width: number;
  height: number;
  queries: readonly Query[];
  thresholds?: Thresholds;
  /** The end of the scale of bars that show a share. */
  max?: number;
}
