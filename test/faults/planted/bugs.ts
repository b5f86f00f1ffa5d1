import type { Oracle } from '../oracles/violation.ts';

/** A change of the daemon's sources that breaks a promise. */
export interface PlantedBug {
  name: string;
  /** Each `find` is to be in the file once. */
  edits: { file: string; find: string; replace: string }[];
  /** A schedule of the harness that shows it, as `SCENARIO + SCENARIO: FAULT, FAULT`; without the bug, it passes. */
  shownBy: string;
  /** What the harness then says. */
  oracles: Oracle[];
}

/** One edit, as most bugs are. */
const bug = (
  name: string,
  file: string,
  find: string,
  replace: string,
  shownBy: string,
  ...oracles: Oracle[]
): PlantedBug => ({ name, edits: [{ file, find, replace }], shownBy, oracles });

const provision = 'volume/provision.ts';
const act = 'volume/act.ts';
const observe = 'volume/observe.ts';
const leftOver = 'volume/rules/left-over.ts';
const inUse = 'volume/rules/in-use.ts';
const newDirectories = 'disk/directory/new-directories.ts';
const growth = 'volume/grow.ts';

/** What provisioners were seen to do wrong, and what this one could come to. */
export const plantedBugs: PlantedBug[] = [
  bug(
    'volume registered before its directory is made',
    provision,
    'const directory = await makeDirectory(plan, pool, tools.notes);\n',
    `const baseDirectory = await (storage as any).inspect();
  const directory = { path: baseDirectory.path + '/' + name, baseDirectory };
  setTimeout(() => void makeDirectory(plan, pool, tools.notes), 50);
`,
    'one-claim',
    'S2',
  ),
  bug(
    'directory taken back when the creation of its volume is not answered',
    provision,
    'if (rulesOut.has(error.reason) && inDoubtForMs === 0) await',
    'await',
    'one-claim: api:POST persistentvolumes#1:loseAnswer',
    'S2',
    'S1',
  ),
  bug(
    'a conflict taken for success without a look at what is there',
    provision,
    "    if (error.reason === 'Unknown') notes.doubt(name);",
    "    if (error.reason === 'AlreadyExists' || error.reason === 'Conflict') return { result: 'done' };",
    'three-claims: api:POST persistentvolumes#4:409',
    'L1',
    'L4',
  ),
  bug(
    'every failure to create a volume taken for success',
    provision,
    '    if (!(error instanceof ApiError)) throw error;',
    "    return { result: 'done' };",
    'three-claims: api:POST persistentvolumes#4:500',
    'L1',
    'L4',
  ),
  bug(
    'what was begun for a claim that is gone never taken back',
    leftOver,
    "  if (!abandoned?.hasContent) return { action: 'undo', reason };",
    "  if (!abandoned?.hasContent) return { action: 'ignore', reason };",
    'deleted-while-pending: api:POST persistentvolumes#1:before',
    'L1',
    'L2',
  ),
  bug(
    'record removed before the directory that it tells of',
    'disk/directory/volume-directory.ts',
    `  try {
    await calls.rmdir(base.volume(volume));`,
    `  await removeRecord(base, volume);
  try {
    await calls.rmdir(base.volume(volume));`,
    'deleted-while-pending: api:POST persistentvolumes#1:before, 2/fs:rmdir#1:before',
    'L1',
    'L2',
  ),
  bug(
    'directory made before its record',
    newDirectories,
    '    const begun = await readBegun(base, record);',
    `    await makeUnlessThere(base.volume(volume));
    const begun = await readBegun(base, record).catch(() => undefined);`,
    'one-claim',
    'S2',
  ),
  bug(
    'record put in place without an fsync',
    'disk/stored-file.ts',
    'mode: 0o600, flush: true',
    'mode: 0o600, flush: false',
    'one-claim',
    'S2',
  ),
  bug('journal not fsynced', newDirectories, '[journal, base.descriptor, ', '[base.descriptor, ', 'one-claim', 'S2'),
  bug(
    'directory not fsynced',
    newDirectories,
    ', ...directories.map(({ descriptor }) => descriptor)]',
    ']',
    'one-claim',
    'S2',
  ),
  bug(
    'base directory not fsynced after a directory was made in it',
    newDirectories,
    '[journal, base.descriptor, ',
    '[journal, ',
    'one-claim',
    'S2',
  ),
  bug(
    'mode left to the umask',
    newDirectories,
    '    if ((found.mode & 0o7777) !== mode) await calls.fchmod(descriptor, mode);\n',
    '',
    'one-claim',
    'L1',
    'L4',
  ),
  {
    name: 'volume without the label by which it is watched',
    edits: [
      { file: 'model/volume-object.ts', find: '      labels: labelsFor(record.node),\n', replace: '' },
      {
        file: inUse,
        find: '  begunInAnotherPool,\n  labelMissing,\n',
        replace: '  begunInAnotherPool,\n',
      },
    ],
    shownBy: 'one-claim',
    oracles: ['L4'],
  },
  bug(
    'finalizer taken off before the directory is out of reach',
    act,
    `    if (recordOf(view) !== undefined) await storageOf(view, tools).trashDirectory(name);
    await removeFinalizer(view, kube);`,
    `    await removeFinalizer(view, kube);
    if (recordOf(view) !== undefined) await storageOf(view, tools).trashDirectory(name);`,
    'one-deletion',
    'S5',
  ),
  bug(
    'directory forgotten when its volume is deleted',
    act,
    `    if (recordOf(view) !== undefined) await storageOf(view, tools).trashDirectory(name);
    await removeFinalizer(view, kube);`,
    '    await removeFinalizer(view, kube);\n    return done;',
    'one-deletion',
    'S5',
    'L1',
  ),
  bug(
    'volume object forgotten when its directory is removed',
    act,
    '    if (object !== undefined) await kube.deleteVolume(object);\n',
    '',
    'one-deletion',
    'L1',
    'L2',
  ),
  bug(
    'trash never erased',
    'trash/act.ts',
    'const erasure = await storage.eraseTrash(volume);',
    "const erasure = { result: 'erased' as const, entries: 0 };",
    'one-deletion',
    'L1',
    'L2',
  ),
  bug(
    'record moved into the trash before the directory',
    'disk/trash/move-to-trash.ts',
    '    if (statOf(base.volume(volume)) !== undefined) await moveDirectory(base, volume, trash);\n',
    `    await calls.rename(base.state(recordPath(volume)), base.state(trashPath(volume) + '/record.json'));
    if (statOf(base.volume(volume)) !== undefined) await moveDirectory(base, volume, trash);
    return;
`,
    'one-deletion: fs:rename#3:before',
    'L1',
    'L2',
    'S5',
  ),
  bug(
    'the move to the trash not fsynced',
    'disk/trash/move-to-trash.ts',
    'allEnded([base.syncState(trashName), base.syncState(trashPath(volume)), base.syncVolumes()])',
    'base.syncState(trashName)',
    'one-deletion',
    'S5',
  ),
  bug(
    'claim not asked for before its volume is deleted',
    observe,
    'if (object?.metadata?.uid === uid) return claimOf(object);',
    '',
    'released-while-claim-lives',
    'S1',
  ),
  bug(
    'a claim of the same name taken for the one that is gone',
    observe,
    'if (object?.metadata?.uid === uid) return claimOf(object);',
    'if (object !== undefined) return claimOf(object);',
    'made-again',
    'L2',
    'L1',
  ),
  {
    name: 'policy Retain not looked at',
    edits: [
      {
        file: inUse,
        find: "  if (volume.reclaimPolicy === 'Delete' || disk",
        replace: '  if (volume !== undefined || disk',
      },
      {
        file: 'volume/rules/let-go.ts',
        find: "volume.reclaimPolicy === 'Delete' && (volume.deleting",
        replace: '(volume.deleting',
      },
    ],
    shownBy: 'retain',
    oracles: ['S1'],
  },
  {
    // Alone, it leaves a directory that is kept as abandoned.
    name: 'policy Retain not noted before the finalizer goes, and content without claim and volume erased',
    edits: [
      {
        file: act,
        find: '    if (recordOf(view) !== undefined) await storageOf(view, tools).retainDirectory(view.name);\n',
        replace: '',
      },
      {
        file: leftOver,
        find: "  if (abandonedGraceMs === undefined) return { action: 'keep', reason: 'Abandoned' };",
        replace: "  if (abandonedGraceMs === undefined) return { action: 'discard', reason: 'Abandoned' };",
      },
    ],
    shownBy: 'retain-then-volume-deleted',
    oracles: ['S1', 'L4'],
  },
  bug(
    'journal not compared with the cluster',
    'changes/leftovers.ts',
    '    if (!this.#options.areListed()) return; // the next scan comes once they are listed',
    '    if (this.#options.areListed() || !this.#options.areListed()) return;',
    'deleted-while-pending: api:POST persistentvolumes#1:before',
    'L1',
    'L2',
  ),
  bug(
    'records not looked for',
    observe,
    'recordedIn.length > 0 || sources.isKnown(name)',
    'sources.isKnown(name)',
    'deleted-while-pending: api:POST persistentvolumes#1:before',
    'L1',
    'L2',
  ),
  bug(
    'temporary files of a life that died left behind',
    'disk/base/guard.ts',
    '        if (before?.identity !== base.identity) await sweep(base);\n',
    '',
    'one-claim: fs:rename#1:before',
    'L2',
  ),
  bug(
    'what fails not tried again',
    'flow/work-queue.ts',
    '      this.#addAfter(key, Math.max(backoffAfter(failures, server), askedMs, error.afterMs ?? 0), {\n',
    '      if (askedMs < 0) this.#addAfter(key, 0, {\n',
    'three-claims: api:POST persistentvolumes#4:503',
    'L1',
    'L4',
  ),
  bug(
    'a change forgets Retry-After',
    'flow/work-queue.ts',
    '    if (delay?.backoff !== undefined) {\n',
    '    if (delay?.backoff !== undefined && key === "") {\n',
    'annotated-while-pending: api:POST persistentvolumes#1:429',
    'L5',
  ),
  bug(
    'a server error taken for "it does not exist"',
    'kube/calls/client.ts',
    "if (error instanceof ApiError && error.reason === 'NotFound') return undefined;",
    'if (error instanceof ApiError) return undefined;',
    'released-while-claim-lives: api:GET persistentvolumeclaims#2:500, api:GET persistentvolumeclaims#3:500, api:GET persistentvolumeclaims#4:500',
    'L1',
    'S1',
  ),
  bug(
    'same directory for every claim of a name, as other provisioners have it',
    'model/names.ts',
    'export function volumeNameFor(claimUid: string): string {',
    "export function volumeNameFor(_: string): string {\n  if (_ !== '') return 'pvc-the-same';\n  const claimUid = _;",
    'made-again',
    'S3',
    'L2',
    'L1',
  ),
  bug(
    'an fsync that runs already taken for one that comes after',
    'disk/group-commit.ts',
    '    this.#open.delete(key);\n    const commit = this.#commit(items);',
    '    const commit = this.#commit(items);\n    void commit.finally(() => this.#open.delete(key)).catch(() => {});',
    'one-after-another: fs:fsync#8:slow',
    'S2',
  ),
  {
    name: 'volume without the finalizer that keeps it until its directory is gone',
    edits: [
      {
        file: 'model/volume-object.ts',
        find: "      ...(record.reclaimPolicy === 'Delete' && { finalizers: [finalizer] }),\n",
        replace: '',
      },
      {
        file: inUse,
        find: "  return recordOf(view) === undefined ? undefined : { action: 'protect', reason: 'PolicyDelete' };",
        replace: '  return undefined;',
      },
    ],
    shownBy: 'one-claim',
    oracles: ['L4'],
  },
  {
    name: 'volumes deleted whatever their phase and whether their claims live',
    edits: [
      {
        file: 'model/volume.ts',
        find: "  if (phase === 'Released' || (phase === 'Bound' && !hasFinalizer)) return undefined;",
        replace: '  if (phase !== undefined) return undefined;',
      },
      {
        file: 'volume/rules/let-go.ts',
        find: " && (volume.deleting || volume.phase === 'Released')",
        replace: '',
      },
      { file: observe, find: 'if (object?.metadata?.uid === uid) return claimOf(object);', replace: '' },
    ],
    shownBy: 'one-claim',
    oracles: ['S1', 'L1', 'L4'],
  },
  bug(
    'watch given up after it broke, as some informers do',
    'kube/watch/reflector.ts',
    '        if (!signal.aborted) await this.#recover(error);',
    '        return;',
    'three-claims: watch:persistentvolumeclaims#2:cutWithinLine',
    'L1',
  ),
  {
    name: 'provisioned although the scheduler has chosen another node',
    edits: [
      { file: 'volume/rules/wanted.ts', find: '  otherNodeSelected,\n', replace: '' },
      {
        file: 'changes/claims.ts',
        find: 'claim.selectedNode !== undefined && claim.selectedNode !== nodeName;',
        replace: 'claim.selectedNode === "";',
      },
    ],
    shownBy: 'another-node-selected',
    oracles: ['S6'],
  },
  bug(
    'annotation taken off while a volume may exist',
    'volume/rules/give-back.ts',
    "  if (recordOf(view) !== undefined) return { action: 'undo', reason, objection: message };\n",
    '',
    'given-back-half-way: api:POST persistentvolumes#1:before',
    'S3',
  ),
  bug(
    'a probe file written at each look at the base directory',
    'disk/base/guard.ts',
    '      if (isProven && before.ownCluster === this.#options.ownCluster?.uid && isAlone) return before.directory;\n',
    `      await makeUnlessThere(base.state('probe'));
      await calls.rmdir(base.state('probe'));
      if (isProven && before.ownCluster === this.#options.ownCluster?.uid && isAlone) return before.directory;
`,
    'one-claim',
    'L3',
  ),
  bug(
    'cluster not compared',
    'model/whose.ts',
    "  return cluster === ownCluster ? 'ours' : 'anotherCluster';",
    "  return 'ours';",
    'one-claim: fs:mkdir#4:before',
    'S4',
  ),
  {
    name: 'trash of another cluster erased',
    edits: [
      {
        file: 'changes/leftovers.ts',
        find: "if (record === undefined || whose(record, ownCluster()) !== 'anotherCluster') onFound(volume);",
        replace: "if (record === undefined || whose(record, ownCluster()) !== 'unknown') onFound(volume);",
      },
      {
        file: leftOver,
        find: "  return isThere && ownerOf(view) === 'anotherCluster' ? { action: 'keep', reason: 'AnotherCluster' } : undefined;",
        replace: "  return isThere && disk?.place === 'trash' ? { action: 'erase', reason: '' } : undefined;",
      },
    ],
    shownBy: 'one-claim: fs:mkdir#4:before',
    oracles: ['S4'],
  },
  bug(
    'version not compared when the volume is being deleted already',
    act,
    'if (object !== undefined) await kube.deleteVolume(object);',
    'if (object !== undefined && !volume?.deleting) await kube.deleteVolume(object);',
    'policy-to-retain-at-the-last-moment',
    'S1',
  ),
  bug(
    'content without claim and volume is erased',
    leftOver,
    "  if (abandonedGraceMs === undefined) return { action: 'keep', reason: 'Abandoned' };",
    "  if (abandonedGraceMs === undefined) return { action: 'discard', reason: 'Abandoned' };",
    'both-gone',
    'S1',
  ),
  bug(
    'ends on a failure that it should outlive',
    'flow/failure.ts',
    '  if (error instanceof StorageError) return',
    '  if (error instanceof StorageError) throw error;\n  if (error instanceof StorageError) return',
    'one-claim: fs:mkdir#4:EIO',
    'alive',
  ),
  bug(
    'acts on what it once read instead of reading it anew',
    observe,
    '  const object = await sources.kube.readVolume(name);',
    `  const seen: Map<string, any> = ((globalThis as any).seen ??= new Map());
  const object = seen.get(name) ?? (await sources.kube.readVolume(name));
  if (object !== undefined) seen.set(name, object);`,
    'upgrade-from-the-demo',
    'L1',
    'L2',
    'L3',
  ),
  bug(
    'directory removed by its path, where tenants can swap what is on the way',
    'disk/trash/move-to-trash.ts',
    '    await calls.rename(base.volume(volume),',
    "    await new Promise((resolve) => require('node:fs').rm(base.volume(volume), { recursive: true }, resolve));\n    void (",
    'one-deletion',
    'S4',
  ),
  bug(
    'limit set after the volume is registered',
    newDirectories,
    '      await holder?.quotas.hold(descriptor, holder.quota);',
    `      const late = openSync('/proc/self/fd/' + descriptor, constants.O_RDONLY);
      setTimeout(() => void holder?.quotas.hold(late, holder.quota).catch(() => undefined), 2_000);`,
    'limit',
    'S8',
  ),
  bug(
    'directory of a life that died handed out without its limit',
    newDirectories,
    '      await holder?.quotas.hold(descriptor, holder.quota);',
    '      if (mayHaveContent) await holder?.quotas.hold(descriptor, holder.quota);',
    'limit: fs:QGROUP_CREATE#1:before',
    'S8',
  ),
  bug(
    'limit set, and the directory not put under it',
    'disk/quota/subvolume-quotas.ts',
    "    await tolerating(['EEXIST'], assignGroup(descriptor, subvolume, group), undefined);\n",
    '',
    'limit',
    'S8',
  ),
  bug(
    'id of the limit not noted in the record',
    newDirectories,
    'holder ? { ...record, quota: holder.quota } : record',
    'record',
    'limit',
    'S8',
  ),
  {
    name: 'id given to another volume while files of the first are left in the trash',
    edits: [
      {
        file: 'disk/file-system-storage.ts',
        find: "    return this.#change(volume, 'remove', async (base, baseDirectory) => {\n",
        replace: `    return this.#change(volume, 'remove', async (base, baseDirectory) => {
      const gone = await readRecord(base, volume);
      if (gone?.quota !== undefined) await this.#quotas.release(base, baseDirectory, volume, gone.quota);
`,
      },
      {
        file: 'disk/quota/subvolume-quotas.ts',
        find: "      if (hasCode(error, 'EBUSY')) return false;\n",
        replace: "      if (hasCode(error, 'EBUSY')) return true;\n",
      },
    ],
    shownBy: 'limit-deleted',
    oracles: ['S8'],
  },
  bug(
    'size not noted in the record before the volume grows',
    'disk/directory/grow-directory.ts',
    '  await records.replace(base, grown);\n',
    '',
    'grow',
    'S7',
  ),
  bug(
    'volume grown before its limit',
    growth,
    `  if (behind.disk) await growDirectory(plan, name, tools);
  if (behind.volume && object !== undefined) await kube.growVolume(object, capacity);
`,
    `  if (behind.volume && object !== undefined) await kube.growVolume(object, capacity);
  if (behind.disk) await growDirectory(plan, name, tools);
`,
    'grow-limited',
    'S7',
  ),
  bug(
    'limit not raised when the volume grows',
    'disk/directory/grow-directory.ts',
    '    await quotas.set(quota);\n',
    '',
    'grow-limited',
    'S7',
  ),
  bug(
    'claim told that it has grown before its volume has',
    growth,
    `  if (behind.volume && object !== undefined) await kube.growVolume(object, capacity);
  if (!behind.claim || livingClaim === undefined) return { result: 'done' };
`,
    `  if (behind.claim && livingClaim !== undefined) await kube.endResize(livingClaim, capacity);
  if (behind.volume && object !== undefined) await kube.growVolume(object, capacity);
  if (livingClaim?.uid !== '' || livingClaim === undefined) return { result: 'done' };
`,
    'grow',
    'S7',
  ),
  bug(
    'growth forgotten once the volume has grown, before its claim is told',
    'volume/rules/grow.ts',
    'isLarger(requestedStorage, capacity) || isLarger(requestedStorage, volume.capacity) || hasResizeMarks(claim)',
    'isLarger(requestedStorage, volume.capacity) || (capacity !== undefined && hasResizeMarks(claim))',
    'grow: api:PATCH persistentvolumeclaims/status#1:before',
    'L1',
  ),
  bug(
    'a claim that was refused and asks for less still says that it cannot grow',
    'kube/calls/client.ts',
    '        ...(state !== undefined && { allocatedResourceStatuses: { storage: null } }),\n',
    '',
    'grow',
    'L1',
  ),
  bug(
    'room not taken before the volume is registered, so that two claims get the same',
    'volume/room.ts',
    '    this.hold(volume, bytes);\n    return true;\n',
    '    return true;\n',
    'last-room: fs:fsync#4:slow',
    'S9',
  ),
  bug(
    'room not looked at when a claim asks for more',
    'volume/rules/grow.ts',
    'const lack = isNew ? roomTrouble(demand, room, view) : undefined;',
    'const lack = capacity === undefined ? roomTrouble(demand, room, view) : undefined;',
    'grow',
    'S9',
    'L1',
  ),
  bug(
    'directory left behind in the pool that a claim was begun in',
    inUse,
    '  begunInAnotherPool,\n  labelMissing,\n',
    '  labelMissing,\n',
    'two-pools',
    'L2',
  ),
  bug(
    'copy registered before it is whole',
    'disk/clone/clone-directories.ts',
    '      if (await this.#clear(base, volume)) await this.#start(base, volume, source, holder);\n',
    `      await this.#start(base, volume, source, holder);
      await place(base, volume, { mode: 0o777, owner: undefined, source });
      if (volume !== '') return { state: 'done', progress: nothing, skipped: 0, isNew: true };
`,
    'clone',
    'S2',
  ),
  bug(
    'copy put in place before its content is durable',
    'disk/native/copy.ts',
    "  callNow({ name: 'syncfs', args: [descriptor] });\n",
    '',
    'clone',
    'S2',
  ),
  bug(
    'unfinished copy forgotten when its claim goes',
    'disk/clone/clone-directories.ts',
    '    if (statOf(base.state(clonePath(volume))) === undefined) return await isDiscarded(base, volume);\n',
    '    if (volume !== "") return false;\n',
    'clone-deleted: clone:create#1:before',
    'L2',
  ),
];
