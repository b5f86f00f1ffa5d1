import { type Claim, type DataSource, isClone, shownClaim } from '../../model/claim.ts';
import type { Class } from '../../model/class.ts';
import type { ClassParameters } from '../../model/class-parameters.ts';
import { hostnameLabel } from '../../model/names.ts';
import { isLarger } from '../../model/quantity.ts';
import { isMadeBy, type Volume } from '../../model/volume.ts';
import { firstAnswer, type Rule, refuse } from '../decision.ts';
import { type CloneSource, isCopied, recordOf, sourceOf, type VolumeView } from '../view.ts';
import { giveBack, isFreeToLeave, leaveWaitMs } from './give-back.ts';
import { takeBack } from './left-over.ts';

/** A view with a claim that is to be a copy, and is not yet. */
type CloneView = VolumeView & { claim: Claim & { dataSource: DataSource }; class: Class };

/** The same, once the claim that is to be copied is found. */
type SourceView = Omit<CloneView, 'source'> & { source: CloneSource };

/** The same, once that claim is bound. */
type BoundView = Omit<CloneView, 'source'> & { source: CloneSource & { volume: Volume } };

/** A claim that is to be copied, and does not exist or goes, is read again after this time, in milliseconds. */
const missingRecheckMs = 30_000;

/** Claims that are created together come in any order. One that has no volume for longer, in milliseconds, may never get one. */
const mayPendForMs = 30_000;

/** One that has no volume yet is read again after as long as it had none, within these limits, in milliseconds. */
const pendingRecheckMs = { least: 1_000, most: 10_000 };

const again = 'Delete this claim and create it again';

const shownSource = ({ claim }: { claim: CloneView['claim'] }): string =>
  `claim ${shownClaim({ ...claim, name: claim.dataSource.name })}, which is to be copied,`;

const sourceMissing: Rule<CloneView> = (view) => {
  if (view.source !== 'missing') return undefined;
  const message = `${shownSource(view)} does not exist. Create it, or delete this claim: kubectl -n ${view.claim.namespace} delete pvc ${view.claim.name}`;
  return { action: 'fail', reason: 'SourceNotFound', message, afterMs: missingRecheckMs };
};

const sourceGoes: Rule<SourceView> = (view) => {
  if (!view.source.claim.deleting) return undefined;
  const message = `${shownSource(view)} is being deleted. ${again} with another source`;
  return { action: 'fail', reason: 'SourceBeingDeleted', message, afterMs: missingRecheckMs };
};

const sourcePending: Rule<SourceView> = (view) => {
  const { claim, volume, pendingForMs } = view.source;
  if (volume?.phase === 'Bound') return undefined;
  const reason = 'SourcePending';
  const { least, most } = pendingRecheckMs;
  const afterMs = Math.min(Math.max(pendingForMs, least), most);
  if (pendingForMs < mayPendForMs) return { action: 'wait', reason, afterMs };
  const message = `${shownSource(view)} has no volume yet, and a copy can be made only of a volume. Look why: kubectl -n ${claim.namespace} describe pvc ${claim.name}`;
  return { action: 'fail', reason, message, afterMs };
};

const sourceNotOurs: Rule<BoundView> = (view) => {
  const { claim, volume } = view.source;
  const { identity, provisionedBy, name } = volume;
  const isOurs = identity !== undefined && isMadeBy(volume, identity, view.provisionerNames);
  if (isOurs && volume.claim?.uid === claim.uid) return undefined;
  const maker = provisionedBy === undefined ? 'this provisioner did not make' : `${provisionedBy} made`;
  const message = `${shownSource(view)} has volume ${name}, which ${maker}. ${again} without spec.dataSource, and copy the data`;
  return refuse('SourceNotOurs', message);
};

/** Only the daemon of the source's node can copy it, and the scheduler does not know which node that is. */
const sourceElsewhere: Rule<BoundView> = (view) => {
  const { identity, hostname } = view.source.volume;
  if (identity === view.node.name) return undefined;
  const reason = 'SourceOnAnotherNode';
  if (!view.class.waitForFirstConsumer) return takeBack(reason, view);
  const message = `${shownSource(view)} has its volume on node "${identity}", and a copy is made where its source is. Let the pod run there, by its nodeSelector: ${hostnameLabel}: ${hostname ?? identity}`;
  if (!isFreeToLeave(view)) return refuse(reason, message);
  const afterMs = leaveWaitMs(view);
  return afterMs > 0 ? { action: 'fail', reason, message, afterMs } : giveBack({ reason, message }, view);
};

const sourceInNoPool: Rule<BoundView> = (view) => {
  const { pool, volume } = view.source;
  if (pool !== undefined) return undefined;
  const message = `${shownSource(view)} has the path ${volume.path}, which is in no base directory of this daemon. Give the daemon that directory again: --base-directory NAME=PATH`;
  return refuse('BaseDirectoryUnknown', message);
};

const smallerThanSource: Rule<BoundView> = (view) => {
  const { capacity } = view.source.volume;
  if (!isLarger(capacity, view.claim.requestedStorage)) return undefined;
  const message = `${shownSource(view)} has ${capacity}, and this claim asks for ${view.claim.requestedStorage}. ${again} with at least ${capacity}`;
  return refuse('SmallerThanSource', message);
};

/** The source was deleted and made again while the daemon was not running. */
const begunInAnotherPool: Rule<BoundView> = (view) =>
  recordOf(view) !== undefined && view.pool !== view.source.pool
    ? { action: 'undo', reason: 'SourceInAnotherPool' }
    : undefined;

const ofBound: readonly Rule<BoundView>[] = [
  sourceNotOurs,
  sourceElsewhere,
  sourceInNoPool,
  smallerThanSource,
  begunInAnotherPool,
];

const withVolume: Rule<SourceView> = (view) => {
  const { source } = view;
  const { volume } = source;
  return volume && firstAnswer(ofBound, { ...view, source: { ...source, volume } });
};

const ofSource: readonly Rule<SourceView>[] = [sourceGoes, sourcePending, withVolume];

const withSource: Rule<CloneView> = (view) => {
  const source = sourceOf(view);
  return source && firstAnswer(ofSource, { ...view, source });
};

/** What keeps the claim's volume from being a copy. Once it is one, its source does not matter any more. */
export const sourceUnusable: Rule<VolumeView & { claim: Claim; class: Class }> = (view) => {
  const { dataSource } = view.claim;
  if (dataSource === undefined || !isClone(dataSource) || isCopied(view)) return undefined;
  const cloneView: CloneView = { ...view, claim: { ...view.claim, dataSource } };
  return sourceMissing(cloneView) ?? withSource(cloneView);
};

/** A copy shares its disk with its source, whatever other pools the class allows. */
export const poolExcludesSource: Rule<VolumeView & { class: Class; parameters: ClassParameters }> = (view) => {
  const { pools } = view.parameters;
  const pool = sourceOf(view)?.pool;
  if (pools === undefined || pool === undefined || isCopied(view) || pools.includes(pool)) return undefined;
  const message = `the claim that is to be copied has its volume in pool ${pool}, and a copy lies in the pool of its source. StorageClass "${view.class.name}" allows ${pools.join(' and ')}. ${again} with a class that allows pool ${pool}`;
  return refuse('SourceInAnotherPool', message);
};

/** Name of the volume that the claim's volume is to be a copy of, or is one of; undefined if it is to be empty. */
export function copiedVolume(view: VolumeView): string | undefined {
  return isCopied(view) ? recordOf(view)?.source : sourceOf(view)?.volume?.name;
}
