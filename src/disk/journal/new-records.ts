import type { VolumeRecord } from '../../model/volume-record.ts';
import type { OpenBase } from '../base/open-base.ts';
import { calls } from '../calls.ts';
import { GroupCommit } from '../group-commit.ts';
import { recordPath } from '../layout.ts';
import { lacksLinks, largestFileBytes, replaceFile, textOf, throughTemporary } from '../stored-file.ts';

interface NewRecord {
  base: OpenBase;
  record: VolumeRecord;
}

/** A record, and its text in the file. */
interface Line {
  record: VolumeRecord;
  text: string;
}

/** Why some records could not be put in place. */
type Failures = Map<VolumeRecord, unknown>;

/** Records share a file up to this size: whoever reads one of them reads it all. */
const sharedFileBytes = largestFileBytes / 4;

/**
 * Puts new records into the journal, those that come at the same time together. They are then one file with a line for
 * each, and a hard link to it for each volume: one inode and one fsync instead of many. Each name is put in place, moved and
 * removed by itself, as if it were a file of its own. Without hard links, each record has such a file.
 */
export class NewRecords {
  readonly #commits = new GroupCommit(putAll);

  /** The record is durable after the next `syncJournal`. The base must stay open until the answer. */
  async add(base: OpenBase, record: VolumeRecord): Promise<void> {
    base.shared.names.add(record.volume);
    const failures = await this.#commits.join(base.identity, { base, record });
    if (failures.has(record)) throw failures.get(record);
  }
}

/** All bases are the same directory, and the first one is open for as long as any. */
async function putAll(added: readonly NewRecord[]): Promise<Failures> {
  const [{ base }] = added as [NewRecord];
  const failures: Failures = new Map();
  const shares = sharesOf(added.map(({ record }) => ({ record, text: textOf({ ...record }) })));
  await Promise.all(
    shares.map((lines) =>
      putTogether(base, lines, failures).catch((error: unknown) => {
        for (const { record } of lines) failures.set(record, error);
      }),
    ),
  );
  return failures;
}

function putTogether(base: OpenBase, lines: readonly Line[], failures: Failures): Promise<void> {
  const [{ record: first }] = lines as [Line];
  if (lines.length === 1) return replaceFile(base, recordPath(first.volume), { ...first });
  return throughTemporary(base, lines.map(({ text }) => text).join(''), async (temporary) => {
    const put = async ({ record }: Line) => {
      try {
        await calls.link(temporary, base.state(recordPath(record.volume)));
      } catch (error) {
        if (!lacksLinks(error)) throw error;
        await replaceFile(base, recordPath(record.volume), { ...record });
      }
    };
    await Promise.all(lines.map((line) => put(line).catch((error) => failures.set(line.record, error))));
    await calls.unlink(temporary);
  });
}

/** In their order; a record that is larger by itself has a share of its own. */
function sharesOf(lines: readonly Line[]): Line[][] {
  const shares: Line[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const ownBytes = Buffer.byteLength(line.text);
    bytes += ownBytes;
    if (bytes > sharedFileBytes) {
      shares.push([]);
      bytes = ownBytes;
    }
    shares.at(-1)?.push(line);
  }
  return shares;
}
