import { shownClaim } from '../../../model/claim.ts';
import type { NodeStatus, VolumeStatus } from '../../../model/node-status.ts';
import { quantityFor, shownBytes } from '../../../model/quantity.ts';
import { basePathOf, type Volume } from '../../../model/volume.ts';
import { nodeOf } from '../../rows/node-of.ts';
import { finding } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Finding } from '../finding.ts';
import type { Group } from '../group.ts';
import { baseInTrouble, describeClaim, editDaemonSet, mending, showDaemons } from '../mending.ts';
import { shellWord } from '../shell-word.ts';
import { lastWarning } from '../warnings.ts';

/** Whether each volume has its directory, its node and its size, and goes when it is let go. */
export const volumeGroup: Group = {
  name: 'volumes',
  needs: ['volumes', 'nodes', 'daemons', 'events', 'statuses', 'disks'],

  look(facts) {
    const byName = new Map(facts.volumes?.map((volume) => [volume.name, volume]));
    return [
      ...[...facts.statuses.values()].flatMap((status) =>
        onUsableDisks(status).flatMap((figures) => inUse(status, figures, byName.get(figures.volume))),
      ),
      ...(facts.volumes ?? []).flatMap(
        (volume) => lostNode(facts, volume) ?? [...elsewhere(facts, volume), ...notDeleted(facts, volume)],
      ),
    ];
  },

  well({ volumes = [] }) {
    return `${volumes.length}, each with its directory, and none over its request`;
  },
};

/** Of a disk that is not there, all directories are missing, and none is lost. */
function onUsableDisks({ baseDirectories, volumes }: NodeStatus): VolumeStatus[] {
  const unusable = new Set(baseDirectories.filter(({ usable }) => !usable).map(({ pool }) => pool));
  return volumes.filter(({ pool }) => !unusable.has(pool));
}

/** Whom a volume concerns: its claim, or itself where no claim is known. */
const subjectOf = (name: string, volume: Volume | undefined): string =>
  volume?.claim === undefined ? `volume ${name}` : `claim ${shownClaim(volume.claim)}`;

const describeVolume = (name: string): string => `kubectl describe pv ${shellWord(name)}`;

function inUse({ node }: NodeStatus, figures: VolumeStatus, volume: Volume | undefined): Finding[] {
  const { volume: name, usedBytes, capacityBytes, directoryMissing } = figures;
  const subject = subjectOf(name, volume);
  if (directoryMissing) {
    const text = `the directory of its volume ${name} on node ${node} is gone`;
    const command = volume?.claim ? describeClaim(volume.claim) : describeVolume(name);
    return [finding('volume-directory-missing', subject, text, command)];
  }
  if (usedBytes === undefined || usedBytes <= capacityBytes) return [];
  const text = `its volume uses ${shownBytes(usedBytes)} of ${shownBytes(capacityBytes)}, and no limit holds it`;
  const patch = `{"spec":{"resources":{"requests":{"storage":"${quantityFor(usedBytes)}"}}}}`;
  const command =
    volume?.claim === undefined
      ? describeVolume(name)
      : `kubectl patch pvc ${shellWord(volume.claim.name)} -n ${shellWord(volume.claim.namespace)} -p ${shellWord(patch)}`;
  return [finding('volume-over-request', subject, text, command)];
}

/** @returns undefined if the node exists, or that could not be read */
function lostNode(facts: Facts, volume: Volume): Finding[] | undefined {
  const { name, claim, phase, deleting } = volume;
  const node = nodeOf(volume);
  if (node === undefined || facts.nodes === undefined || facts.nodes.has(node)) return undefined;
  if (phase === 'Released' || deleting) {
    const text = `its node ${node} does not exist any more, so nobody deletes it`;
    return [finding('volume-of-lost-node', `volume ${name}`, text, deleteByHand(name))];
  }
  const text = `the node ${node} of its volume ${name} does not exist any more`;
  const command = claim === undefined ? describeVolume(name) : describeClaim(claim);
  return [finding('volume-of-lost-node', subjectOf(name, volume), text, command)];
}

/** As when the daemon was started with other base directories: pods go on, and nobody counts, grows or deletes the volume. */
function elsewhere(facts: Facts, volume: Volume): Finding[] {
  const { name, path, phase, deleting } = volume;
  const node = nodeOf(volume);
  const bases = facts.statuses.get(node ?? '')?.baseDirectories;
  if (bases === undefined || path === undefined || phase !== 'Bound' || deleting) return [];
  if (bases.some((base) => base.path === basePathOf(volume))) return [];
  const text = `its volume ${name} lies at ${path}, in no base directory of the daemon on node ${node}`;
  return [finding('volume-elsewhere', subjectOf(name, volume), text, editDaemonSet(facts))];
}

/** As docs/troubleshooting.md has it: it leaves the directory. */
const deleteByHand = (name: string): string =>
  `kubectl delete pv ${shellWord(name)} --wait=false; kubectl patch pv ${shellWord(name)} --type=merge -p '{"metadata":{"finalizers":null}}'`;

function notDeleted(facts: Facts, volume: Volume): Finding[] {
  const { name, uid, phase, deleting, reclaimPolicy, hasFinalizer } = volume;
  // Kubernetes itself keeps a volume that is bound.
  const isLetGo = phase !== 'Bound' && (deleting ? hasFinalizer : phase === 'Released' && reclaimPolicy === 'Delete');
  if (!isLetGo) return [];
  const node = nodeOf(volume);
  const subject = `volume ${name}`;
  if (node !== undefined && facts.daemons?.has(node) === false) {
    const command = showDaemons(facts);
    return deleting
      ? [finding('finalizer-hangs', subject, `no daemon runs on node ${node} to take its finalizer off`, command)]
      : [
          finding(
            'volume-not-deleted',
            subject,
            `is Released, and no daemon runs on node ${node} to delete it`,
            command,
          ),
        ];
  }
  const told = lastWarning(facts, uid, 'VolumeFailedDelete');
  if (told === undefined) return [];
  const base = told.reason === undefined ? undefined : baseInTrouble(facts, node, told.reason)?.path;
  const command = mending(facts, told.reason, { volume: name, node, base }) ?? describeVolume(name);
  return [finding('volume-not-deleted', subject, `is not deleted: ${told.message}`, command)];
}
