import { type Lane, lanesPicture } from './lanes.ts';

const lanes: Lane[] = [
  {
    name: 'A claim is made',
    steps: [
      { name: 'Claim', says: ['asks for a class', 'and a size'], lies: 'cluster' },
      { name: 'Daemon', says: ['of the node that the', 'scheduler selected'], lies: 'node' },
      { name: 'Directory', says: ['pvc-<claim UID>, and', 'a record: both durable'], lies: 'node' },
      { name: 'Volume', says: ['is registered, and', 'bound to the claim'], lies: 'cluster' },
      { name: 'Pod', says: ['starts, with the', 'directory mounted'], lies: 'node' },
    ],
  },
  {
    name: 'The claim is deleted, and its policy is Delete',
    steps: [
      { name: 'Claim deleted', says: ['and no pod', 'uses it any more'], lies: 'cluster' },
      { name: 'Volume deleted', says: ['as the very version', 'that was judged'], lies: 'cluster' },
      { name: 'Trash', says: ['out of reach of pods,', 'for trashRetention'], lies: 'node' },
      { name: 'Erased', says: ['entry by entry, in', 'the background'], lies: 'node' },
    ],
    back: { from: 2, says: 'restore' },
  },
];

/** What becomes of a claim: made, and let go. */
export const wayOfAClaim = (): string => lanesPicture('The way of a claim', lanes);
