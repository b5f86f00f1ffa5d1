import { nearestWord } from '../../model/nearest-word.ts';
import type { Facts, KnownClass } from './facts.ts';

/** Whether a class that nobody serves was probably meant for the daemons: its provisioner is written almost as one of theirs. */
export const isMeantForDaemon = ({ provisioners }: Facts, { provisioner }: KnownClass): boolean =>
  nearestWord(provisioner, [...provisioners]) !== undefined;
