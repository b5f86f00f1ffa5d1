import type { VolumeRecord } from '../model/volume-record.ts';
import { calls } from './calls.ts';
import { GroupCommit } from './group-commit.ts';
import { recordPath } from './layout.ts';
import type { OpenBase } from './open-base.ts';
import { largestFileBytes, replaceFile, textOf, throughTemporary } from './stored-file.ts';

interface NewRecord {
  base: OpenBase;
  record: VolumeRecord;
}

/** Why some records could not be put in place. */
type Failures = Map<VolumeRecord, unknown>;

/** Records share a file up to this size: whoever reads one of them reads it all. */
const sharedFileBytes = largestFileBytes / 4;

/**
 * Puts new records into the journal, those that come at the same time together. They are then one file with a line for
 * each, and a hard link to it for each volume: one inode and one fsync instead of many. Each name is put in place, moved
 * and removed by itself, as if it were a file of its own.
 */
export class NewRecords {
  readonly #commits = new GroupCommit(putAll);

  /** The record is durable after the next `syncJournal`. The base must stay open until the answer. */
  async add(base: OpenBase, record: VolumeRecord): Promise<void> {
    const failures = await this.#commits.join(base.identity, { base, record });
    if (failures.has(record)) throw failures.get(record);
  }
}

/** All bases are the same directory, and the first one is open for as long as any. */
async function putAll(added: readonly NewRecord[]): Promise<Failures> {
  const [{ base }] = added as [NewRecord];
  const failures: Failures = new Map();
  const shares = sharesOf(added.map(({ record }) => record));
  await Promise.all(
    shares.map((records) =>
      putTogether(base, records, failures).catch((error: unknown) => {
        for (const record of records) failures.set(record, error);
      }),
    ),
  );
  return failures;
}

function putTogether(base: OpenBase, records: readonly VolumeRecord[], failures: Failures): Promise<void> {
  const [first] = records;
  if (records.length === 1 && first !== undefined) return replaceFile(base, recordPath(first.volume), { ...first });
  return throughTemporary(base, records.map((record) => textOf({ ...record })).join(''), async (temporary) => {
    const put = (record: VolumeRecord) =>
      calls.link(temporary, base.state(recordPath(record.volume))).catch((error) => failures.set(record, error));
    await Promise.all(records.map(put));
    await calls.unlink(temporary);
  });
}

/** In their order; a record that is larger by itself has a share of its own. */
function sharesOf(records: readonly VolumeRecord[]): VolumeRecord[][] {
  const shares: VolumeRecord[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const ownBytes = Buffer.byteLength(textOf({ ...record }));
    bytes += ownBytes;
    if (bytes > sharedFileBytes) {
      shares.push([]);
      bytes = ownBytes;
    }
    shares.at(-1)?.push(record);
  }
  return shares;
}
