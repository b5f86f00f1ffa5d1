import { isAlmostFull } from '../../../model/almost-full.ts';
import type { BaseDirectoryStatus, NodeStatus } from '../../../model/node-status.ts';
import { shownBytes } from '../../../model/quantity.ts';
import { isShortLived } from '../../../model/short-lived.ts';
import { finding } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Finding } from '../finding.ts';
import type { Group } from '../group.ts';
import { editDaemonSet, inInstallation, mending, onNode } from '../mending.ts';
import { shellWord } from '../shell-word.ts';
import { shortened } from '../warnings.ts';

/** Whether each base directory can be used, lasts, and has space. */
export const baseDirectoryGroup: Group = {
  name: 'base directories',
  needs: ['daemons', 'statuses'],

  look(facts) {
    return [...facts.statuses.values()].flatMap((status) =>
      status.baseDirectories.flatMap((base) =>
        base.usable ? troublesOf(facts, status, base) : [unusable(facts, status, base)],
      ),
    );
  },

  well({ statuses }) {
    const bases = [...statuses.values()].flatMap(({ baseDirectories }) => baseDirectories);
    const free = bases.flatMap(({ freeBytes }) => freeBytes ?? []);
    const least = free.length === 0 ? '' : `, ${shownBytes(Math.min(...free))} or more free`;
    return `${bases.length} usable${least}`;
  },
};

function unusable(facts: Facts, { node }: NodeStatus, base: BaseDirectoryStatus): Finding {
  const { path, reason, message } = base;
  const why = shortened(`${reason ?? 'no reason is known'}${message === undefined ? '' : `: ${message}`}`);
  const command =
    mending(facts, reason, { node, base: path }) ?? inInstallation(facts, `kubectl describe node ${shellWord(node)}`);
  return finding('base-directory-unusable', `node ${node}`, `${path} cannot be used: ${why}`, command);
}

function troublesOf(facts: Facts, { node }: NodeStatus, base: BaseDirectoryStatus): Finding[] {
  const subject = `node ${node}`;
  const { path, fileSystem, elsewhere, limitsHeld } = base;
  const shownPath = shellWord(path);
  const found: Finding[] = [];
  if (fileSystem !== undefined && isShortLived(fileSystem)) {
    const text = `${path} is on ${fileSystem}: volumes are lost at a restart`;
    found.push(finding('base-directory-in-memory', subject, text, editDaemonSet(facts)));
  }
  const lack = lackOfSpace(base);
  if (lack !== undefined) {
    const command = onNode(`du -xsh ${shownPath}/* | sort -h`, node);
    found.push(finding('base-directory-almost-full', subject, `${path} is almost full: ${lack}`, command));
  }
  if (elsewhere !== undefined) {
    const text = `${path} has the path ${elsewhere} on its disk: pods may not find their volumes`;
    found.push(finding('base-directory-elsewhere', subject, text, editDaemonSet(facts)));
  }
  if (limitsHeld === false) {
    const text = `${path} has volumes with limits, and nothing holds them`;
    const command = onNode(`findmnt -no SOURCE,FSTYPE,OPTIONS -T ${shownPath}`, node);
    found.push(finding('limits-not-held', subject, text, command));
  }
  const promise = promisedTooMuch(base);
  if (promise !== undefined) {
    const command = mending(facts, 'NoRoom', { node, base: path }) ?? editDaemonSet(facts);
    found.push(finding('promised-too-much', subject, `${path} has promised ${promise}`, command));
  }
  return found;
}

function lackOfSpace({ sizeBytes, freeBytes, inodes = 0, freeInodes = 0 }: BaseDirectoryStatus): string | undefined {
  if (sizeBytes === undefined || freeBytes === undefined) return undefined;
  if (!isAlmostFull({ sizeBytes, freeBytes, inodes, freeInodes }, false)) return undefined;
  const space = `${shownBytes(freeBytes)} of ${shownBytes(sizeBytes)}`;
  return inodes === 0 ? `${space} free` : `${space} and ${freeInodes} of ${inodes} inodes free`;
}

function promisedTooMuch({ sizeBytes, promisedBytes, reservedBytes = 0 }: BaseDirectoryStatus): string | undefined {
  if (sizeBytes === undefined || promisedBytes === undefined) return undefined;
  const most = Math.max(0, sizeBytes - reservedBytes);
  return promisedBytes > most ? `${shownBytes(promisedBytes)}, and has ${shownBytes(most)} to promise` : undefined;
}
