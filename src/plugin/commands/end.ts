/** How a command ended: with an exit status, and with what was wrong. */
export interface End {
  exitCode: 0 | 1 | 2;
  problems: readonly string[];
}

export const ended: End = { exitCode: 0, problems: [] };

export const failed = (...problems: string[]): End => ({ exitCode: 1, problems });

/** The command line was wrong. */
export const misused = (...problems: string[]): End => ({ exitCode: 2, problems });
