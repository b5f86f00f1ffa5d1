/** One line of `doctor`, and of what is wrong on the page. */
export interface Finding {
  level: 'OK' | 'WARN' | 'FAIL';
  /** Name of the check, one word with hyphens, such as `base-directory-in-memory`. */
  check: string;
  /** What it is about: `daemons`, `node node-1`, `claim dev/pg`, `class fast`. */
  subject: string;
  /** What was found, in one statement. */
  text: string;
  /** The command that mends it, or shows more. Absent only for OK. */
  command?: string;
}
