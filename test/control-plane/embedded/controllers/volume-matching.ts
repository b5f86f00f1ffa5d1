/** Which volumes go with which claim: questions that are answered by the two objects alone. */

import { classNameOf } from '../objects/admission.ts';
import type { KubeObject } from '../objects/object.ts';
import { compareQuantities } from '../objects/quantity.ts';
import { labelSelectorTest } from '../store/selectors.ts';

export const claimKeyOf = (volume: KubeObject): string | undefined => {
  const claim = volume.spec.claimRef;
  return claim === undefined ? undefined : `${claim.namespace}/${claim.name}`;
};

/** Whether the volume names the claim; a volume that names it without its UID was reserved for it. */
export function isBoundTo(volume: KubeObject, { metadata }: KubeObject): boolean {
  const { namespace, name, uid } = volume.spec.claimRef ?? {};
  return name === metadata.name && namespace === metadata.namespace && (uid === undefined || uid === metadata.uid);
}

/** Why a volume that a claim asks for by name does not do. */
export function mismatch(volume: KubeObject, claim: KubeObject): string | undefined {
  if (volume.metadata.deletionTimestamp) return `the volume is marked for deletion "${volume.metadata.name}"`;
  if (!isLargeEnough(volume, claim)) return 'requested PV is too small';
  if (!sameClass(volume, claim)) return 'storageClassName does not match';
  if (!sameVolumeMode(volume, claim)) return 'incompatible volumeMode';
  if (!hasAccessModes(volume, claim)) return 'incompatible accessMode';
  return undefined;
}

/** Whether the volume can serve the claim, apart from whose it is. */
export const canServe = (volume: KubeObject, claim: KubeObject): boolean =>
  volume.metadata.deletionTimestamp === undefined &&
  isLargeEnough(volume, claim) &&
  sameVolumeMode(volume, claim) &&
  hasAccessModes(volume, claim);

/** Whether a volume that is nobody's may be given to the claim. */
export function isOffered(volume: KubeObject, claim: KubeObject): boolean {
  const { selector } = claim.spec;
  return (
    volume.status?.phase === 'Available' &&
    canServe(volume, claim) &&
    sameClass(volume, claim) &&
    (selector === undefined || labelSelectorTest(selector)(volume.metadata.labels ?? {}))
  );
}

/** The volume with the fewest access modes, and of those the smallest. */
export function tightest(volumes: KubeObject[]): KubeObject | undefined {
  const modes = (volume: KubeObject) => volume.spec.accessModes.length;
  return volumes.sort((a, b) => modes(a) - modes(b) || compareQuantities(capacityOf(a), capacityOf(b))).at(0);
}

const capacityOf = (volume: KubeObject): string => volume.spec.capacity?.storage ?? '0';

const isLargeEnough = (volume: KubeObject, claim: KubeObject) =>
  compareQuantities(capacityOf(volume), claim.spec.resources.requests.storage) >= 0;

const sameClass = (volume: KubeObject, claim: KubeObject) => (classNameOf(volume) ?? '') === (classNameOf(claim) ?? '');

export const sameVolumeMode = (volume: KubeObject, claim: KubeObject): boolean =>
  volume.spec.volumeMode === claim.spec.volumeMode;

const hasAccessModes = (volume: KubeObject, claim: KubeObject) =>
  claim.spec.accessModes.every((mode: string) => volume.spec.accessModes.includes(mode));
