import { type BigIntStats, fchmodSync, fchownSync, fstatSync, lchownSync } from 'node:fs';
import { at } from '../directory-entries.ts';
import { hasCode } from '../system-error.ts';
import type { CopyCalls } from './copy-calls.ts';

/**
 * Gives a new file the owner, extended attributes, mode and times of its source, in an order that keeps them all: chown takes away
 * set-user-id and file capabilities, and an access control list changes the mode. What is right already is not written again.
 */
export function copyAttributesOfFile(calls: CopyCalls, source: number, target: number, stats: BigIntStats): void {
  const { uid, gid, mode } = fstatSync(target);
  if (uid !== Number(stats.uid) || gid !== Number(stats.gid)) chown(target, stats);
  const hasAttributes = copyExtendedAttributes(calls, source, target);
  if (hasAttributes || (mode & 0o7777) !== modeOf(stats)) fchmodSync(target, modeOf(stats));
  calls.setTimes(target, stats);
}

/** The mode comes before the owner: without the capability FSETID, chmod drops set-group-id of a group that is not ours. */
export function copyAttributesOfDirectory(calls: CopyCalls, source: number, target: number, stats: BigIntStats): void {
  copyExtendedAttributes(calls, source, target);
  fchmodSync(target, modeOf(stats));
  chown(target, stats);
  calls.setTimes(target, stats);
}

/** A symbolic link has neither a mode nor attributes of users. */
export function copyAttributesOfLink(calls: CopyCalls, directory: number, name: Buffer, stats: BigIntStats): void {
  const path = at(directory, name);
  lchownSync(path, Number(stats.uid), Number(stats.gid));
  calls.setTimes(path, stats);
}

const modeOf = ({ mode }: BigIntStats): number => Number(mode & 0o7777n);

function chown(target: number, { uid, gid }: BigIntStats): void {
  fchownSync(target, Number(uid), Number(gid));
}

/** What users set: attributes of their own, and access control lists. */
const ofUsers = /^user\.|^system\.posix_acl_/;

/**
 * Attributes of the kernel and of its security modules are copied as far as this process may set them.
 * @returns whether the source has any
 */
function copyExtendedAttributes(calls: CopyCalls, source: number, target: number): boolean {
  const names = calls.listAttributes(source);
  for (const name of names) {
    const value = calls.getAttribute(source, name);
    if (value === undefined) continue;
    try {
      calls.setAttribute(target, name, value);
    } catch (error) {
      if (ofUsers.test(name.toString('latin1')) || !hasCode(error, 'EPERM', 'EACCES', 'ENOTSUP')) throw error;
    }
  }
  return names.length > 0;
}
