import type { Claim } from '../../model/claim.ts';
import type { Class } from '../../model/class.ts';
import type { ClassParameters } from '../../model/class-parameters.ts';
import { type PoolView, recordOf, sourceOf, type Trouble, type VolumeView } from '../view.ts';
import { lackOf } from './room.ts';

/** What the choice of a pool rests on. */
export interface ChoiceFacts extends Pick<VolumeView, 'pools' | 'parameters' | 'node'> {
  class: Class | undefined;
  claim: Claim | undefined;
  /** The pool where a directory was begun for the claim: no other one may serve it. */
  begunIn: string | undefined;
}

/** The pool for a claim. */
export interface Choice {
  /** Undefined if the node has no pool that the class allows. */
  pool: PoolView | undefined;
  /** Why this node does not serve the claim, although another one may; undefined if it does. */
  trouble: Trouble | undefined;
  /** The same, if the disk is in order and cannot have a volume of this size and class. */
  lack: Trouble | undefined;
  /** Names of the pools that the class allows and that lack nothing but room. */
  lackRoom: readonly string[];
}

/** The choice for the claim of a look: a pool where its volume was begun, or that has what it is a copy of, leaves no other. */
export const choiceFor = (view: VolumeView): Choice =>
  choosePool({ ...view, begunIn: (recordOf(view) && view.pool) ?? sourceOf(view)?.pool });

/** Names of the pools in which more room would serve the claim of the look: one that waits, or one that asks for more. */
export function poolsLackingRoom(view: VolumeView): readonly string[] {
  if (view.waits) return choiceFor(view).lackRoom;
  return view.pool === undefined ? [] : [view.pool];
}

/** Of the pools that the class allows and that have neither trouble nor lack, the one with the most free space. */
export function choosePool(facts: ChoiceFacts): Choice {
  const { pools, parameters, node, begunIn } = facts;
  const names = parameters === undefined || 'problems' in parameters ? undefined : parameters.pools;
  const isAllowed = ({ name }: PoolView) =>
    begunIn === undefined ? (names?.includes(name) ?? true) : name === begunIn;
  const allowed = pools.filter(isAllowed).map((pool) => ({ pool, lack: lackIn(pool, facts) }));
  const [first] = allowed;
  if (first === undefined) {
    return { pool: undefined, trouble: unknown(names ?? [], pools, node.name), lack: undefined, lackRoom: [] };
  }
  const lackRoom = allowed.flatMap(({ pool, lack }) => (lack?.reason === 'NoRoom' ? [pool.name] : []));
  const usable = allowed.flatMap(({ pool, lack }) => (pool.trouble === undefined && lack === undefined ? [pool] : []));
  const [best] = usable.toSorted(bestFirst);
  if (best !== undefined) return { pool: best, trouble: undefined, lack: undefined, lackRoom };
  const lack = first.pool.trouble === undefined ? first.lack : undefined;
  return { pool: first.pool, trouble: first.pool.trouble ?? lack, lack, lackRoom };
}

function lackIn(pool: PoolView, { claim, class: cls, parameters, node }: ChoiceFacts): Trouble | undefined {
  if (claim === undefined || cls === undefined || parameters === undefined || 'problems' in parameters)
    return undefined;
  return lackOf(claim, { name: cls.name, parameters }, { ...pool, basePath: pool.path, node });
}

/** A disk that has just failed, or whose size is not known, has no trouble yet that counts, but another pool is better. */
const bestFirst = (one: PoolView, other: PoolView): number =>
  Number(one.unusable !== undefined) - Number(other.unusable !== undefined) ||
  Number(one.room === undefined) - Number(other.room === undefined) ||
  freeIn(other) - freeIn(one);

/** Neither what others have written nor what is promised is free. In a burst of claims, only promises tell the pools apart. */
function freeIn({ freeBytes, room }: PoolView): number {
  if (room === undefined) return freeBytes;
  return Math.min(freeBytes, room.sizeBytes - room.reservedBytes - room.promisedBytes);
}

function unknown(names: ClassParameters['pools'] & {}, pools: readonly PoolView[], nodeName: string): Trouble {
  const has = pools.map(({ name }) => name).join(', ');
  const message = `the class wants pool ${names.join(' or ')}, and node "${nodeName}" has ${has}. Give the daemon of that node such a base directory (--base-directory ${names[0]}=PATH), or create a class with another parameter "pool"`;
  return { reason: 'PoolUnknown', message };
}
