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

/** A record and its line in the file. */
interface Line {
  record: VolumeRecord;
  text: string;
}

/** Why some records could not be written. */
type Failures = Map<VolumeRecord, unknown>;

/** The largest size of a file that records share. A reader of one record reads the whole file. */
const sharedFileBytes = largestFileBytes / 4;

/**
 * Writes new records into the journal. Records that come at the same time share a file with a line for each, and each volume has
 * a hard link to it: one inode and one fsync instead of many. Each name is made, moved and removed like a file of its own.
 */
export class NewRecords {
  readonly #commits = new GroupCommit(putAll);

  /** The content is then durable, the name is not. The base must stay open until the promise settles. */
  async add(base: OpenBase, record: VolumeRecord): Promise<void> {
    base.shared.names.add(record.volume);
    const failures = await this.#commits.join(base.identity, { base, record });
    if (failures.has(record)) throw failures.get(record);
  }
}

/** All bases are the same directory, and the first one stays open until the promise settles. */
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

/** In their order. A record that is too large to share has a share of its own. */
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
