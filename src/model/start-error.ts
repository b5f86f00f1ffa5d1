/** The daemon cannot start with this configuration; the message says what is wrong and what to do. Trying again does not help. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
