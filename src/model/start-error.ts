/** The daemon cannot start with this configuration. A retry does not help. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** Each problem with what to do about it. */
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[], options?: ErrorOptions) {
    const lines = [problems].flat();
    super(lines.join('\n'), options);
    this.problems = lines;
  }
}
