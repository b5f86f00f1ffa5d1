export interface Point {
  x: number;
  y: number;
}

/** How something grows, and how sure that is. */
export interface Trend {
  /** Of y for each x, by least squares. */
  slope: number;
  /** What it grew by over all points, by that slope. */
  rise: number;
  /** From the point that lies lowest under the line to the one that lies highest above it. A rise below it shows nothing. */
  scatter: number;
}

/** The trend of points at two or more places. */
export function trendOf(points: readonly Point[]): Trend {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const xs = points.map(({ x }) => x);
  const middle = { x: mean(xs), y: mean(points.map(({ y }) => y)) };
  const spread = points.reduce((sum, { x }) => sum + (x - middle.x) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - middle.x) * (y - middle.y), 0) / spread;
  const residuals = points.map(({ x, y }) => y - middle.y - slope * (x - middle.x));
  return {
    slope,
    rise: slope * (Math.max(...xs) - Math.min(...xs)),
    scatter: Math.max(...residuals) - Math.min(...residuals),
  };
}
