import { GiveBacks } from '../../src/provision/give-backs.ts';
import type { ClaimSources } from '../../src/provision/observe.ts';
import { OtherNodes } from '../../src/provision/other-nodes.ts';
import { Shortages } from '../../src/provision/shortages.ts';
import type { FakeKube } from './fake-kube.ts';

/** What a daemon at work knows about giving nodes back: no node was given back yet, and nothing is wrong with this one. */
export const giveBackSources = (kube: FakeKube) => ({
  giveBacks: new GiveBacks(),
  shortages: new Shortages(),
  otherNodes: new OtherNodes(kube),
  baseTrouble: (): ReturnType<ClaimSources['baseTrouble']> => undefined,
});
