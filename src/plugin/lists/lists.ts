import { nodeList } from './nodes.ts';
import { orphanList } from './orphans.ts';
import { trashList } from './trash.ts';
import { volumeList } from './volumes.ts';

/** The commands that list rows. */
export const lists = { volumes: volumeList, nodes: nodeList, trash: trashList, orphans: orphanList };
