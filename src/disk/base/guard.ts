import { isAbsolute, normalize } from 'node:path';
import { calls, makeUnlessThere, unlinkIfThere } from '../calls.ts';
import { GroupCommit } from '../group-commit.ts';
import { listVolumes } from '../journal/journal.ts';
import { RecordNames } from '../journal/record-names.ts';
import { stateName, temporarySuffix } from '../layout.ts';
import { type BaseDirectory, type ClusterFacts, type KnownBase, type KnownBases, StorageError } from '../port.ts';
import { keepsOrder } from './change-order.ts';
import { syncAllBefore, syncDirectory } from './directory-sync.ts';
import { judgeBase } from './judge.ts';
import { type Label, makeLabel, readLabel, syncLabel, writableLabel } from './label.ts';
import { nameCluster } from './label-cluster.ts';
import { proveLabelNotLost } from './lost-label.ts';
import { isMountPoint, type Mount, mountOf, pathOf, pathWithin, readMounts } from './mount.ts';
import { OpenBase, type Shared } from './open-base.ts';
import { Patience } from './patience.ts';
import { isInPod, objectionToPlace, seemsElsewhere } from './pod-mounts.ts';
import { anotherDisk, changed, moved, neverUsed, ofAnotherNode, ofSibling } from './refusals.ts';
import type { SiblingBases } from './sibling-bases.ts';
import { keepSpare } from './spare.ts';

/** The result of an inspection. It holds as long as directory, label and cluster are the same. */
interface Proof {
  identity: string;
  label: string;
  /** The UID of our cluster; undefined while it was not known. */
  ownCluster: string | undefined;
  keepsOrder: boolean;
  directory: BaseDirectory;
}

/** The base directory, open for running operations. */
interface Opening {
  base: OpenBase;
  directory: BaseDirectory;
  /** When opening began, by `performance.now`. */
  atMs: number;
  users: number;
}

/** Operations within this time, in milliseconds, share an opening, as in a burst. A new mount goes unseen for so long. */
const sharedForMs = 50;

export interface GuardOptions {
  /** Absolute, without a trailing `/`. */
  basePath: string;
  /** The node that the base directory must belong to; undefined accepts any node. */
  nodeName: string | undefined;
  /** Undefined for a command beside the daemon: it makes no base directory, and removes no unfinished files. */
  knownBases: KnownBases | undefined;
  /** Absent for a command beside the daemon, which leaves the label as it is. */
  ownCluster?: ClusterFacts;
  /** All base directories of this daemon. Default: only this one. */
  siblings?: SiblingBases;
  /** Whether the process runs in the daemon's pod, where the base directory must be mounted from the node. */
  inPod?: boolean;
}

/** Lets operations through only to the base directory that was inspected last. */
export class BaseDirectoryGuard {
  readonly #options: GuardOptions;
  readonly #path: string;
  readonly #patience: Patience;
  readonly #shared: Shared = {
    directories: new GroupCommit(syncDirectory),
    barriers: new GroupCommit(syncAllBefore),
    names: new RecordNames(),
  };
  #proof: Proof | undefined;
  /** The base directory of the last proof, also if it does not hold any more. */
  #last: BaseDirectory | undefined;
  /** The directory that was found last, and its path on its file system. */
  #place: { identity: string; path: string | undefined } | undefined;
  #opening: Opening | undefined;
  #beginning: { opening: Promise<Opening>; atMs: number } | undefined;
  readonly #inspections = new GroupCommit(() => this.#patience.ask(() => this.#inspectOrRelease()));

  constructor(options: GuardOptions) {
    const { basePath } = options;
    if (!isAbsolute(basePath) || normalize(`${basePath}/`) !== `${basePath}/` || basePath.includes('\0')) {
      const message = `Base directory ${JSON.stringify(basePath)} is not an absolute path without "..", "." and a trailing "/"`;
      throw new StorageError('BaseDirectoryNotADirectory', message);
    }
    this.#options = options;
    this.#path = basePath;
    this.#patience = new Patience(basePath);
  }

  /** Begins now or later, and serves all who ask until it begins: a running one may have missed what they ask about. */
  inspect(): Promise<BaseDirectory> {
    return this.#inspections.join('', undefined);
  }

  /** Whether journal or trash have a record of the volume; undefined before they were read. Nothing is read for the answer. */
  hasRecord(volume: string): boolean | undefined {
    return this.#shared.names.includes(volume);
  }

  /** Holds the base directory open for the operation. */
  async use<Result>(operation: (base: OpenBase, directory: BaseDirectory) => Promise<Result>): Promise<Result> {
    if (this.#proof === undefined) await this.inspect();
    const opening = await this.#enter();
    try {
      return await operation(opening.base, opening.directory);
    } finally {
      opening.users -= 1;
      if (opening.users === 0) this.#close(opening);
    }
  }

  /** A shared opening that is young enough, or a new one, which all who wait share. */
  async #enter(): Promise<Opening> {
    const current = this.#opening;
    const isYoung = current !== undefined && performance.now() - current.atMs < sharedForMs;
    const opening = isYoung ? current : await this.#openOnce();
    opening.users += 1;
    return opening;
  }

  /** An opening that began long ago may be of a directory that is no longer at the path. */
  #openOnce(): Promise<Opening> {
    const atMs = performance.now();
    if (this.#beginning !== undefined && atMs - this.#beginning.atMs < sharedForMs) return this.#beginning.opening;
    const opening = this.#patience
      .ask(() => this.#open(atMs))
      .finally(() => {
        if (this.#beginning?.opening === opening) this.#beginning = undefined;
      });
    this.#beginning = { opening, atMs };
    return opening;
  }

  async #open(atMs: number): Promise<Opening> {
    const base = await OpenBase.open(this.#path, this.#shared);
    try {
      const proof = this.#proof;
      if (!base.openState() || base.identity !== proof?.identity) throw changed(this.#path);
      base.keepsOrder = proof.keepsOrder;
      this.#opening = { base, directory: proof.directory, atMs, users: 0 };
      return this.#opening;
    } catch (error) {
      base.close();
      throw error;
    }
  }

  #close(opening: Opening): void {
    opening.base.close();
    if (this.#opening === opening) this.#opening = undefined;
  }

  async #inspectOrRelease(): Promise<BaseDirectory> {
    try {
      return await this.#inspect();
    } catch (error) {
      this.#options.siblings?.release(this.#path);
      throw error;
    }
  }

  async #inspect(): Promise<BaseDirectory> {
    const { inPod = false } = this.#options;
    const mounts = readMounts();
    const base = inPod ? await this.#openFromNode(mounts) : await OpenBase.open(this.#path, this.#shared);
    try {
      const mount = mountOf(base.descriptor, mounts);
      const objection = inPod ? objectionToPlace(mounts, this.#path, mount) : undefined;
      if (objection !== undefined) throw new StorageError('BaseDirectoryNotInPod', objection);
      const place = mount && pathWithin(mount, base.descriptor);
      this.#proveInPlace(base, place);
      const hasState = base.openState();
      const written = hasState ? writableLabel(base) : undefined;
      const before = this.#proof;
      const isProven = before?.identity === base.identity && before.label === written;
      const isAlone =
        before !== undefined && this.#options.siblings?.use(before.directory.id, this.#path) === undefined;
      if (isProven && before.ownCluster === this.#options.ownCluster?.uid && isAlone) return before.directory;
      this.#proof = undefined;
      const mounted = isMountPoint(mount, pathOf(base.descriptor), { inPod: isInPod(mounts) });
      if (written === undefined) await this.#proveLabelNotLost(base, mounted);
      const label = hasState ? await readLabel(base) : undefined;
      this.#proveOwner(label);
      const { knownBases } = this.#options;
      if (knownBases === undefined && label === undefined) throw neverUsed(base.path);
      if (knownBases !== undefined) {
        this.#judge(knownBases(), label, mounted);
        if (!hasState) await makeState(base);
        // At the first inspection, unfinished files are of a process that died. Later ones may be of this process.
        if (before?.identity !== base.identity) await sweep(base);
      }
      // Not before the judgement, which waits until the daemon knows its cluster.
      const ownCluster = this.#options.ownCluster?.uid;
      const found = label ?? (await makeLabel(base, { node: this.#options.nodeName, cluster: ownCluster, mounted }));
      // Two paths of one new directory are told apart by who made its label, or found it, first.
      if (knownBases !== undefined && label === undefined) this.#proveNotASibling(found, []);
      const named = await nameCluster(base, found, this.#options.ownCluster);
      await listVolumes(base); // for `hasRecord`
      // An existing label as well: its author may have died before it was durable.
      if (named !== label || before?.identity !== base.identity) await syncLabel(base);
      if (knownBases !== undefined && before?.identity !== base.identity) await keepSpare(base);
      const { id, createdAt, cluster } = named;
      const directory = {
        path: this.#path,
        id,
        createdAt,
        cluster,
        mounted,
        fileSystem: mount?.fileSystem ?? 'unknown',
        ...(inPod && place !== undefined && seemsElsewhere(mounts, this.#path, place) && { elsewhere: place }),
      };
      this.#proof = {
        identity: base.identity,
        label: (named === label ? written : writableLabel(base)) ?? '',
        ownCluster,
        keepsOrder: keepsOrder(mount?.fileSystem, base.device),
        directory,
      };
      this.#last = directory;
      return directory;
    } finally {
      base.close();
    }
  }

  /** A directory that is missing in the pod may exist on the node. */
  async #openFromNode(mounts: readonly Mount[]): Promise<OpenBase> {
    try {
      return await OpenBase.open(this.#path, this.#shared);
    } catch (cause) {
      const objection = objectionToPlace(mounts, this.#path);
      throw objection === undefined ? cause : new StorageError('BaseDirectoryNotInPod', objection, { cause });
    }
  }

  /** A directory that is moved on the node stays mounted in the pod, but kubelet looks for volumes at the old path. */
  #proveInPlace({ identity }: OpenBase, path: string | undefined): void {
    if (this.#place?.identity !== identity) this.#place = { identity, path };
    if (this.#place.path === path) return;
    this.#proof = undefined;
    throw moved(this.#path, path);
  }

  #proveOwner(label: Label | undefined): void {
    const { nodeName } = this.#options;
    const isForeign = label?.node !== undefined && nodeName !== undefined && label.node !== nodeName;
    if (isForeign) throw ofAnotherNode(this.#path, label.node ?? '', nodeName);
  }

  /** An unmounted disk has no label either: `#judge` refuses it. */
  async #proveLabelNotLost(base: OpenBase, mounted: boolean): Promise<void> {
    const { knownBases, nodeName } = this.#options;
    const here = knownBases?.()?.filter(({ path }) => path === this.#path) ?? [];
    if (judgeBase({ id: undefined, mounted }, here, this.#last) === 'BaseDirectoryNotMounted') return;
    await proveLabelNotLost(base, here, nodeName);
  }

  /** Nothing was written before this, and nothing is written if it throws. */
  #judge(known: ReturnType<KnownBases>, label: Label | undefined, mounted: boolean): void {
    const unlisted = 'The volumes of this node are not listed yet. The daemon tries again';
    if (known === undefined) throw new StorageError('VolumesNotListed', unlisted);
    const here = known.filter(({ path }) => path === this.#path);
    const verdict = judgeBase({ id: label?.id, mounted }, here, this.#last);
    if (verdict !== 'usable') throw anotherDisk(verdict, { path: this.#path, nodeName: this.#options.nodeName }, here);
    if (label !== undefined) this.#proveNotASibling(label, known); // before anything is written
  }

  /** Volumes of another base directory would look like leftovers here, and two journals of one directory would fight. */
  #proveNotASibling({ id }: Label, known: readonly KnownBase[]): void {
    const { siblings } = this.#options;
    const isItsPlace = known.some((base) => base.id === id && base.path === this.#path);
    const named = known.find((base) => base.id === id && siblings?.isOther(base.path, this.#path))?.path;
    const sibling = (isItsPlace ? undefined : named) ?? siblings?.use(id, this.#path);
    if (sibling !== undefined) throw ofSibling(this.#path, sibling, id);
  }
}

async function makeState(base: OpenBase): Promise<void> {
  const justMade = await makeUnlessThere(base.volume(stateName));
  try {
    if (!base.openState({ justMade })) throw changed(base.path);
  } catch (error) {
    // The next inspection then gives the same answer.
    if (justMade) await calls.rmdir(base.volume(stateName));
    throw error;
  }
}

async function sweep(base: OpenBase): Promise<void> {
  for (const name of await calls.readdir(base.state(''))) {
    if (name.endsWith(temporarySuffix)) await unlinkIfThere(base.state(name));
  }
}
