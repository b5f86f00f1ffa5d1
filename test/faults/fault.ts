/**
 * A fault as text, so that it can be printed, kept, and given again on the command line:
 *
 *     [LIFE/]KIND:LABEL#NTH:HARM        such as  fs:rename#2:before  or  2/api:POST persistentvolumes#1:loseAnswer
 *
 * LIFE is which start of the daemon in the run it is for, from 1 (the default). KIND says what is counted: `fs` calls that
 * change the file system, `erase` and `clone` the same in the threads that erase and copy volumes, `api` requests, `watch` events of a resource
 * as they are sent to the daemon, `sys` system calls as the kernel counts them, `start` nothing but the start itself.
 * NTH counts that label in that life, from 1.
 */
export type FaultKind = 'fs' | 'erase' | 'clone' | 'api' | 'watch' | 'sys' | 'start';

/** Where something can be made to go wrong. */
export interface Point {
  life: number;
  kind: FaultKind;
  label: string;
  nth: number;
}

export interface Fault extends Point {
  /** `before` and `after` kill the daemon there; the others depend on the kind (points.ts). */
  harm: string;
}

const pattern = /^(?:(\d+)\/)?(fs|erase|clone|api|watch|sys|start):([^#]*)#(\d+):([\w-]+)$/;

/** @throws {Error} if the text is no fault */
export function parseFault(text: string): Fault {
  const [, life = '1', kind, label = '', nth, harm = ''] = pattern.exec(text) ?? [];
  if (kind === undefined) {
    throw new Error(`"${text}" is no fault: write [LIFE/]KIND:LABEL#NTH:HARM, such as fs:rename#2:before`);
  }
  return { life: Number(life), kind: kind as FaultKind, label, nth: Number(nth), harm };
}

export function faultText({ harm, ...point }: Fault): string {
  return `${pointText(point)}:${harm}`;
}

export function pointText({ life, kind, label, nth }: Point): string {
  return `${life === 1 ? '' : `${life}/`}${kind}:${label}#${nth}`;
}

export const isKill = ({ harm }: Fault): boolean => harm === 'before' || harm === 'after';
