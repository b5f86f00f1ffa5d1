import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { searchPath } from './prerequisites.ts';

// Its standard input ends when the owner closes it or dies. It tries again because programs that die with the owner may
// take a moment. Of a node there are control groups under the directory's name (version 1: one in each tree) and a
// network link under the end of it; the kernel would remove the link by itself, but only after the last connection.
const removeOnceAlone = `
cat
name=$(basename "$1")
left() { ls -d "$1" /sys/fs/cgroup/"$name" /sys/fs/cgroup/*/"$name" /sys/class/net/"$2" 2>/dev/null; }
for try in $(seq 100); do
  rm -rf -- "$1"
  find /sys/fs/cgroup/"$name" /sys/fs/cgroup/*/"$name" -depth -type d -exec rmdir {} + 2>/dev/null
  [ -e /sys/class/net/"$2" ] && ip link delete "$2"
  [ -z "$(left "$1" "$2")" ] && exit 0
  sleep 0.1
done
exit 1
`;

/** A temporary directory, with what goes by its name, that is removed even when this process dies without a word. */
export class OwnedDirectory {
  readonly path: string;
  /** A name for a network link to go with the directory; at most 15 characters are allowed. */
  readonly link: string;
  readonly #keeper: ChildProcess;
  readonly #removal: Promise<unknown[]>;

  constructor(purpose: string) {
    this.path = mkdtempSync(join(tmpdir(), `hostpath-provisioner-${purpose}-`));
    this.link = `hostpath-${this.path.slice(-6)}`;
    this.#keeper = spawn('sh', ['-c', removeOnceAlone, 'keeper', this.path, this.link], {
      cwd: '/',
      env: { PATH: searchPath },
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true, // Ctrl-C is not for it
    });
    this.#removal = once(this.#keeper, 'exit');
    this.#keeper.unref();
  }

  /** Safe to call twice. */
  async remove(): Promise<void> {
    this.#keeper.ref();
    this.#keeper.stdin?.end();
    const [code] = await this.#removal;
    if (code !== 0) throw new Error(`${this.path} could not be removed`);
  }
}
