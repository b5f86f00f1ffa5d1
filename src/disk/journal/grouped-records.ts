import { v4 as uuid } from 'uuid';
import type { VolumeRecord } from '../../model/volume-record.ts';
import type { OpenBase } from '../base/open-base.ts';
import { withSpare } from '../base/spare.ts';
import { calls, unlinkIfThere } from '../calls.ts';
import { GroupCommit } from '../group-commit.ts';
import { recordPath, temporarySuffix } from '../layout.ts';
import { lacksLinks, largestFileBytes, replaceFile, textOf, throughTemporary } from '../stored-file.ts';

interface Entry {
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

/** How a file of records comes into the journal. */
interface Way {
  /** Runs what writes, again if the disk is full and space can be freed. */
  write: (base: OpenBase, deed: () => Promise<void>) => Promise<void>;
  /** Gives the file the name of one of its records. */
  putName: (base: OpenBase, temporary: string, volume: string) => Promise<void>;
}

const adding: Way = {
  write: (_, deed) => deed(),
  putName: (base, temporary, volume) => calls.link(temporary, base.state(recordPath(volume))),
};

const replacing: Way = {
  write: withSpare,
  /** A link cannot take a name that is taken, and a rename can. */
  async putName(base, temporary, volume) {
    const link = base.state(`${uuid()}${temporarySuffix}`);
    await calls.link(temporary, link);
    try {
      await calls.rename(link, base.state(recordPath(volume)));
    } catch (error) {
      await unlinkIfThere(link);
      throw error;
    }
  },
};

/** The largest size of a file that records share. A reader of one record reads the whole file. */
const sharedFileBytes = largestFileBytes / 4;

/**
 * Writes records into the journal. Records that come at the same time share a file with a line for each, and each volume has
 * a hard link to it: one inode and one fsync instead of many. Each name is made, moved and removed like a file of its own.
 * The content is then durable, the name is not. The base must stay open until the promise settles.
 */
export class GroupedRecords {
  readonly #added = new GroupCommit((entries: readonly Entry[]) => putAll(entries, adding));
  readonly #replaced = new GroupCommit((entries: readonly Entry[]) => putAll(entries, replacing));

  /** For a volume without a record. */
  add(base: OpenBase, record: VolumeRecord): Promise<void> {
    return join(this.#added, base, record);
  }

  /** For a volume with a record, also on a full disk. Whoever reads it finds the record before or after this one. */
  replace(base: OpenBase, record: VolumeRecord): Promise<void> {
    return join(this.#replaced, base, record);
  }
}

async function join(commits: GroupCommit<Entry, Failures>, base: OpenBase, record: VolumeRecord): Promise<void> {
  await base.shared.names.adding(record.volume, async () => {
    const failures = await commits.join(base.identity, { base, record });
    if (failures.has(record)) throw failures.get(record);
  });
}

/** All bases are the same directory, and the first one stays open until the promise settles. */
async function putAll(entries: readonly Entry[], way: Way): Promise<Failures> {
  const [{ base }] = entries as [Entry];
  const failures: Failures = new Map();
  const shares = sharesOf(entries.map(({ record }) => ({ record, text: textOf({ ...record }) })));
  await Promise.all(
    shares.map((lines) =>
      way
        .write(base, () => putTogether(base, lines, way, failures))
        .catch((error: unknown) => {
          for (const { record } of lines) failures.set(record, error);
        }),
    ),
  );
  return failures;
}

function putTogether(base: OpenBase, lines: readonly Line[], way: Way, failures: Failures): Promise<void> {
  const [{ record: first }] = lines as [Line];
  if (lines.length === 1) return replaceFile(base, recordPath(first.volume), { ...first });
  return throughTemporary(base, lines.map(({ text }) => text).join(''), async (temporary) => {
    const put = async ({ record }: Line) => {
      try {
        await way.write(base, () => way.putName(base, temporary, record.volume));
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
