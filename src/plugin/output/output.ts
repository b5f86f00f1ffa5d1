/** Where a command writes. */
export interface Output {
  /** A line, or several. */
  say(text: string): void;
  /** A line on standard error. */
  warn(text: string): void;
  /** Whether colours are wanted. */
  colour: boolean;
}
