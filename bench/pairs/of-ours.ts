import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labelName, recordPath, stateName } from '../../src/disk/layout.ts';
import { volumeNameFor } from '../../src/model/names.ts';
import { createClaim } from '../cluster/claims.ts';
import type { FreshCluster } from '../cluster/fresh-cluster.ts';
import { bind } from './bind.ts';
import { fill } from './fill.ts';
import { newClaimName, type PairNames, renamed } from './pair-names.ts';

/**
 * Fills an empty cluster with bound claims and volumes of the daemon's node, so many of each, with their directories and
 * records. A daemon makes the first of them, and has ended before the others are there.
 */
export async function makePairsOfOurs(fresh: FreshCluster, count: number): Promise<void> {
  const { cluster, startDaemon } = fresh;
  const daemon = await startDaemon();
  const claimName = newClaimName();
  const { volume } = await createClaim(cluster, claimName);
  await daemon.untilSeen([volume]);
  const names = await bind(cluster, claimName, volume);
  await daemon.kill();

  copyDirectories(cluster.base, names, await fill(fresh, names, count));
  makeOld(cluster.base);
}

/** Makes what lies in the base directory for each copy of a volume: its record and its directory. */
export function copyDirectories(base: string, names: PairNames, copies: readonly PairNames[]): void {
  const pathOfRecord = ({ claimUid }: PairNames) => join(base, stateName, recordPath(volumeNameFor(claimUid)));
  const record = readFileSync(pathOfRecord(names), 'utf8');
  for (const copy of copies) {
    writeFileSync(pathOfRecord(copy), renamed(record, names, copy), { mode: 0o600 });
    mkdirSync(join(base, volumeNameFor(copy.claimUid)));
  }
}

/** A base directory with so many volumes has been in use for long. In a new one, the daemon looks at everybody's volumes. */
function makeOld(base: string): void {
  const path = join(base, stateName, labelName);
  const label = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, `${JSON.stringify({ ...label, createdAt: '2026-01-02T03:04:05.678Z' })}\n`);
}
