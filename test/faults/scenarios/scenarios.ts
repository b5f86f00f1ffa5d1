import { setTimeout as sleep } from 'node:timers/promises';
import { changedHostname } from '../world/user.ts';
import type { Scenario } from './scenario.ts';

/** A class that waits for the first consumer, and allows only nodes with this label. */
const onlyIn = (zone: string) => ({
  volumeBindingMode: 'WaitForFirstConsumer',
  allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: [zone] }] }],
});

export const scenarios: readonly Scenario[] = [
  {
    name: 'one-claim',
    async play(user) {
      await user.createBound('a');
    },
  },
  {
    name: 'one-deletion',
    async play(user) {
      await user.createBound('a');
      await user.deleteClaim('a');
      await user.untilGone('a');
    },
  },
  {
    name: 'three-claims',
    async play(user) {
      for (const name of ['a', 'b', 'c']) await user.createClaim(name);
      for (const name of ['a', 'b', 'c']) await user.untilBound(name);
      await Promise.all([user.deleteClaim('a'), user.deleteClaim('c')]);
      await user.createBound('d');
      await user.untilGone('a');
      await user.untilGone('c');
    },
  },
  {
    name: 'burst',
    slow: true,
    async play(user) {
      const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
      await user.createClass('default');
      await Promise.all(names.map((name) => user.createClaim(name)));
      for (const name of names) await user.untilBound(name);
    },
  },
  {
    name: 'one-after-another',
    slow: true,
    async play(user) {
      await user.createBound('a');
      for (const name of ['b', 'c', 'd']) await user.createClaim(name);
      for (const name of ['b', 'c', 'd']) await user.untilBound(name);
    },
  },
  {
    name: 'deleted-while-pending',
    async play(user) {
      await user.createClaim('a');
      await user.untilBegun('a');
      await user.deleteClaim('a');
      await user.untilGone('a');
    },
  },
  {
    name: 'deleted-while-down',
    async play(user) {
      await user.createBound('a');
      await user.whileDaemonIsDown(() => user.deleteClaim('a'));
      await user.untilGone('a');
    },
  },
  {
    name: 'made-again',
    async play(user) {
      await user.createBound('a');
      await user.deleteClaim('a');
      await user.createBound('a');
    },
  },
  {
    name: 'retain',
    async play(user) {
      await user.createClass('retain', { reclaimPolicy: 'Retain' });
      await user.createBound('a', { className: 'retain', kept: true });
      await user.deleteClaim('a');
      await user.untilReleased('a');
    },
  },
  {
    name: 'retain-then-volume-deleted',
    async play(user) {
      await user.createClass('retain', { reclaimPolicy: 'Retain' });
      await user.createBound('a', { className: 'retain', kept: true });
      await user.deleteClaim('a');
      await user.untilReleased('a');
      await user.deleteVolume('a');
      await user.untilVolumeGone('a');
    },
  },
  {
    name: 'policy-to-retain',
    async play(user) {
      await user.createBound('a');
      await user.setPolicy('a', 'Retain');
      await user.deleteClaim('a');
      await user.untilReleased('a');
    },
  },
  {
    name: 'policy-to-delete',
    async play(user) {
      await user.createClass('retain', { reclaimPolicy: 'Retain' });
      await user.createBound('a', { className: 'retain', kept: true });
      await user.setPolicy('a', 'Delete');
      await user.deleteClaim('a');
      await user.untilGone('a');
    },
  },
  {
    name: 'volume-deleted-by-hand',
    async play(user) {
      await user.createBound('a');
      await user.deleteVolume('a');
      await user.deleteClaim('a');
      await user.untilGone('a');
    },
  },
  {
    name: 'class-removed',
    async play(user) {
      await user.createClaim('a');
      await user.createClaim('b');
      await user.untilBound('a');
      await user.untilBound('b');
      await user.deleteClass('default');
      await user.deleteClaim('a');
      await user.untilGone('a');
    },
  },
  {
    name: 'first-consumer',
    async play(user) {
      await user.createClass('waits', { volumeBindingMode: 'WaitForFirstConsumer' });
      await user.createClaim('a', { className: 'waits', servedHere: false });
      await user.createBound('b');
      await user.selectNode('a');
      await user.untilBound('a');
      await user.deleteClaim('a');
      await user.untilGone('a');
    },
  },
  {
    name: 'node-label-changed',
    alone: true,
    async play(user) {
      await user.createBound('a');
      await user.labelNode({ 'kubernetes.io/hostname': changedHostname });
      await user.createBound('b');
      await user.deleteClaim('a');
      await user.untilGone('a');
    },
  },
  {
    name: 'large-volume',
    slow: true,
    async play(user) {
      await user.createBound('a');
      user.fill('a', 10_000);
      await user.deleteClaim('a');
      await user.untilGone('a');
    },
  },
  {
    name: 'upgrade-from-the-demo',
    async prepare(user) {
      await user.createClaimOfTheDemo('a');
      await user.createClaimOfTheDemo('b');
    },
    async play(user) {
      await user.createBound('c');
      await user.deleteClaim('a');
      await user.untilGone('a');
    },
  },
  {
    name: 'released-while-claim-lives',
    async play(user) {
      await user.createBound('a');
      await user.callReleased('a');
      await user.createBound('b');
    },
  },
  {
    name: 'annotated-while-pending',
    async play(user) {
      await user.createClaim('a');
      for (const text of ['1', '2', '3', '4', '5', '6', '7', '8']) {
        await user.annotate('a', text);
        await sleep(50);
      }
      await user.untilBound('a');
    },
  },
  {
    name: 'another-node-selected',
    async play(user) {
      await user.createClass('waits', { volumeBindingMode: 'WaitForFirstConsumer' });
      await user.createClaim('a', { className: 'waits', servedHere: false });
      await user.createClaim('b', { className: 'waits', servedHere: false });
      await user.selectNode('a', 'another-node');
      await user.selectNode('b');
      await user.untilBound('b');
    },
  },
  {
    name: 'given-back',
    alone: true,
    async play(user) {
      await user.addNode();
      await user.createClass('zoned', onlyIn('here'));
      await user.createClaim('a', { className: 'zoned', servedHere: false });
      await user.selectNode('a');
      await user.untilGivenBack('a');
      await user.labelNode({ zone: 'here' });
      await user.selectNode('a');
      await user.untilBound('a');
    },
  },
  {
    name: 'given-back-half-way',
    alone: true,
    async play(user) {
      await user.addNode();
      await user.labelNode({ zone: 'here' });
      await user.createClass('zoned', onlyIn('here'));
      await user.createClaim('a', { className: 'zoned', servedHere: false });
      await user.selectNode('a');
      await user.untilBegun('a');
      await user.labelNode({ zone: 'elsewhere' });
      await user.untilBoundOrGivenBack('a');
      await user.labelNode({ zone: 'here' });
      await user.selectNode('a');
      await user.untilBound('a');
    },
  },
  {
    name: 'both-gone',
    async play(user) {
      await user.createBound('a', { kept: true });
      await user.whileDaemonIsDown(async () => {
        await user.removeVolume('a');
        await user.deleteClaim('a');
      });
      await user.createBound('b');
    },
  },
  {
    name: 'policy-to-retain-at-the-last-moment',
    async play(user) {
      await user.createBound('a');
      await user.deleteVolume('a');
      user.setPolicyOnceClaimIsMissed('a', 'Retain');
      await user.deleteClaim('a');
      await user.untilVolumeGone('a');
    },
  },
];

/** @throws {Error} if there is no scenario of that name */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined)
    throw new Error(`there is no scenario "${name}": use one of ${scenarios.map((one) => one.name).join(', ')}`);
  return found;
}
