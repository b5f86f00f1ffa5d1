import { resizeInfeasible, shownClaim } from '../../../model/claim.ts';
import { volumeNameFor } from '../../../model/names.ts';
import { humanDuration } from '../../output/human-duration.ts';
import { finding } from '../checks.ts';
import { type Facts, type KnownClaim, wantsGrowth } from '../facts.ts';
import type { Finding } from '../finding.ts';
import type { Group } from '../group.ts';
import { baseInTrouble, describeClaim, mending, showDaemons } from '../mending.ts';
import { isMeantForDaemon } from '../served.ts';
import { lastWarning, readMessage, type Told } from '../warnings.ts';

/** A claim that waits for longer should have its volume, or an Event, in milliseconds. */
const longEnoughMs = 60_000;

/** Which claims wait because of the daemons, and which cannot grow. */
export const claimGroup: Group = {
  name: 'claims',
  needs: ['claims', 'classes', 'events', 'daemons'],

  look(facts) {
    return [
      ...(facts.others.claims ?? []).flatMap((claim) => notServed(facts, claim)),
      ...(facts.claims ?? []).flatMap((claim) => pending(facts, claim)),
      ...(facts.claims ?? []).flatMap((claim) => cannotGrow(facts, claim)),
      ...(facts.claims ?? []).flatMap(lost),
    ];
  },

  well({ claims = [] }) {
    const bound = claims.filter(({ phase }) => phase === 'Bound').length;
    const waiting = claims.length - bound;
    return `${bound} bound${waiting === 0 ? '' : `, ${waiting} waiting for a pod`}`;
  },
};

const subjectOf = (claim: KnownClaim): string => `claim ${shownClaim(claim)}`;

const pendingFor = ({ nowMs }: Facts, { madeAtMs }: KnownClaim): string => `Pending ${humanDuration(nowMs - madeAtMs)}`;

/** Whether a claim waits for a volume of its class, and not for one that its user chose. */
const isWaiting = ({ phase, deleting, volumeName, className }: KnownClaim): boolean =>
  phase === 'Pending' && !deleting && volumeName === undefined && className !== undefined;

function notServed(facts: Facts, claim: KnownClaim): Finding[] {
  const { others, classes } = facts;
  if (!isWaiting(claim) || others.classes === undefined || classes === undefined) return [];
  const cls = others.classes.find(({ name }) => name === claim.className);
  const since = pendingFor(facts, claim);
  if (cls === undefined) {
    const text = `${since}: class "${claim.className}" does not exist`;
    return [finding('claim-class-missing', subjectOf(claim), text, 'kubectl get storageclass')];
  }
  if (!isMeantForDaemon(facts, cls)) return [];
  const text = `${since}: no daemon serves the provisioner "${cls.provisioner}" of class "${cls.name}"`;
  const command = mending(facts, 'ClassParameterInvalid', { class: cls.name }) ?? describeClaim(claim);
  return [finding('claim-not-served', subjectOf(claim), text, command)];
}

function pending(facts: Facts, claim: KnownClaim): Finding[] {
  if (!isWaiting(claim)) return [];
  const since = pendingFor(facts, claim);
  const lonely = withoutDaemon(facts, claim);
  const told = lastWarning(facts, claim.uid, 'ProvisioningFailed', 'NodeGivenBack');
  // A daemon that is not ready may have said why, but not one that does not run any more.
  if (lonely !== undefined && (told === undefined || facts.daemons?.has(claim.selectedNode ?? '') === false)) {
    return [finding('claim-without-daemon', subjectOf(claim), `${since}: ${lonely}`, showDaemons(facts))];
  }
  const isGivenBack = told?.reason === 'SelectedNodeGone' && waitsForPod(facts, claim);
  if (told !== undefined && !isGivenBack) {
    return [finding('claim-pending', subjectOf(claim), `${since}: ${told.message}`, commandFor(facts, claim, told))];
  }
  const isOld = facts.nowMs - claim.madeAtMs > longEnoughMs;
  if (!isOld || facts.warnings === undefined || facts.classes === undefined || waitsForPod(facts, claim)) return [];
  const text = `${since}, and no Event says why`;
  return [finding('claim-unanswered', subjectOf(claim), text, describeClaim(claim))];
}

/** Why no daemon is there to serve a claim that has to be served. */
function withoutDaemon(facts: Facts, claim: KnownClaim): string | undefined {
  const { daemons, classes } = facts;
  if (daemons === undefined) return undefined;
  const { selectedNode } = claim;
  if (selectedNode !== undefined) {
    const daemon = daemons.get(selectedNode);
    if (daemon?.ready) return undefined;
    return `the daemon of its node ${selectedNode} ${daemon === undefined ? 'does not run' : 'is not ready'}`;
  }
  if (classes === undefined || waitsForPod(facts, claim)) return undefined;
  return [...daemons.values()].some(({ ready }) => ready) ? undefined : 'no daemon is ready';
}

/** Whether the claim waits for its first pod, as its class says. */
const waitsForPod = ({ classes }: Facts, { className, selectedNode }: KnownClaim): boolean =>
  selectedNode === undefined && classes?.some((cls) => cls.name === className && cls.waitForFirstConsumer) === true;

function commandFor(facts: Facts, claim: KnownClaim, { reason }: Told): string {
  const node = claim.selectedNode ?? onlyNode(facts);
  const base = reason === undefined ? undefined : baseInTrouble(facts, node, reason)?.path;
  const names = { claim, class: claim.className, node, base, volume: volumeNameFor(claim.uid) };
  return mending(facts, reason, names) ?? describeClaim(claim);
}

/** Where the claims of an Immediate class lie, if there is no choice. */
function onlyNode({ daemons }: Facts): string | undefined {
  const [node, ...others] = daemons?.keys() ?? [];
  return others.length === 0 ? node : undefined;
}

function cannotGrow(facts: Facts, claim: KnownClaim): Finding[] {
  if (!wantsGrowth(claim)) return [];
  const { resize, requestedStorage, capacity } = claim;
  const said = lastWarning(facts, claim.uid, 'VolumeResizeFailed');
  const inStatus = resize.error === undefined ? undefined : readMessage(resize.error);
  const isRefused = resize.state === resizeInfeasible || inStatus !== undefined;
  const told = said ?? (isRefused ? inStatus : undefined);
  if (told === undefined && !isRefused) return [];
  const why = told === undefined ? 'its status does not say why' : told.message;
  const text = `has ${capacity} and asks for ${requestedStorage}: ${why}`;
  const node = nodeOfVolume(facts, claim);
  const base = told?.reason === undefined ? undefined : baseInTrouble(facts, node, told.reason)?.path;
  const command = mending(facts, told?.reason, { claim, class: claim.className, node, base, volume: claim.volumeName });
  return [finding('claim-cannot-grow', subjectOf(claim), text, command ?? describeClaim(claim))];
}

/** Kubernetes says so, whatever became of the directory. */
function lost(claim: KnownClaim): Finding[] {
  if (claim.phase !== 'Lost') return [];
  const text = `its volume ${claim.volumeName} does not exist any more`;
  return [finding('claim-lost', subjectOf(claim), text, describeClaim(claim))];
}

const nodeOfVolume = ({ volumes }: Facts, { volumeName }: KnownClaim): string | undefined =>
  volumes?.find(({ name }) => name === volumeName)?.identity;
