/** The base directories of one daemon, and which of them uses which id: a directory may be used at one path only. */
export class SiblingBases {
  readonly #paths: ReadonlySet<string>;
  readonly #users = new Map<string, string>();

  /** @param paths of all base directories */
  constructor(paths: Iterable<string>) {
    this.#paths = new Set(paths);
  }

  /** Whether the path is that of another base directory. */
  isOther(path: string, own: string): boolean {
    return path !== own && this.#paths.has(path);
  }

  /** Has the id used at this path, and no other one. Synchronous. @returns the path where it is used already */
  use(id: string, path: string): string | undefined {
    const user = this.#users.get(id);
    if (user !== undefined && user !== path) return user;
    this.release(path);
    this.#users.set(id, path);
    return undefined;
  }

  /** What is at the path cannot be used. */
  release(path: string): void {
    for (const [id, user] of this.#users) if (user === path) this.#users.delete(id);
  }
}
