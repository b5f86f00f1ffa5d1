import { setTimeout as sleep } from 'node:timers/promises';
import { withoutLimitingDisk } from '../world/limiting-disk.ts';
import { changedHostname } from '../world/user.ts';
import type { Scenario } from './scenario.ts';

/** A class that waits for the first consumer, and allows only nodes with this label. */
const onlyIn = (zone: string) => ({
  volumeBindingMode: 'WaitForFirstConsumer',
  allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: [zone] }] }],
});

/** A class whose volumes may grow, and that promises no more of a base directory than there is. */
const growing = { allowVolumeExpansion: true, parameters: { overcommit: '1.0' } };

const limited = { allowVolumeExpansion: true, parameters: { quota: 'enforce' } };

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
  {
    name: 'grow',
    async play(user) {
      await user.createClass('growing', growing);
      await user.createBound('a', { className: 'growing' });
      await user.resize('a', '2Mi');
      await user.untilSize('a', '2Mi');
      await user.resize('a', '1Pi');
      await user.untilRefused('a');
      await user.resize('a', '3Mi');
      await user.untilSize('a', '3Mi');
    },
  },
  {
    name: 'last-room',
    async play(user) {
      await user.createClass('growing', growing);
      const more = { className: 'growing', storage: user.shareOfDisk(0.6) };
      await Promise.all(['a', 'b'].map((name) => user.createClaim(name, more)));
      const first = await user.untilFirstBound(['a', 'b']);
      const second = first === 'a' ? 'b' : 'a';
      await user.deleteClaim(first);
      await user.untilBound(second);
      await user.deleteClaim(second);
      await user.untilGone(first);
      await user.untilGone(second);
    },
  },
  {
    name: 'two-pools',
    alone: true,
    needs: { secondPool: true },
    async play(user) {
      for (const pool of ['one', 'two']) await user.createClass(pool, { parameters: { pool } });
      // Pool two then has more room, and gets what may be in both.
      await user.createBound('a', { className: 'one', storage: user.shareOfDisk(0.6) });
      await user.createBound('b', { className: 'two' });
      await user.createClass('default', { volumeBindingMode: 'WaitForFirstConsumer' });
      await user.createClaim('c', { servedHere: false });
      user.losePoolOnceBegun('c', 'two');
      await user.selectNode('c');
      await user.untilBound('c');
      await user.deleteClaim('b');
      await user.bringPoolBack('two');
      await user.untilGone('b');
    },
  },
  {
    name: 'limit',
    alone: true,
    needs: { limits: true },
    async play(user) {
      await user.createClass('limited', limited);
      await user.createBound('a', { className: 'limited', storage: '16Mi' });
    },
  },
  {
    name: 'limit-deleted',
    alone: true,
    needs: { limits: true },
    async play(user) {
      await user.createClass('limited', limited);
      await user.createBound('a', { className: 'limited', storage: '16Mi' });
      await user.deleteClaim('a');
      await user.untilVolumeGone('a');
      await user.createBound('b', { className: 'limited', storage: '16Mi' });
      await user.untilGone('a');
    },
  },
  {
    name: 'grow-limited',
    alone: true,
    needs: { limits: true },
    async play(user) {
      await user.createClass('limited', limited);
      await user.createBound('a', { className: 'limited', storage: '16Mi' });
      await user.resize('a', '32Mi');
      await user.untilSize('a', '32Mi');
    },
  },
  {
    name: 'clone',
    async play(user) {
      await user.createBound('a');
      user.fill('a', 5);
      await user.createBound('b', { source: 'a' });
    },
  },
  {
    name: 'clone-deleted',
    async play(user) {
      await user.createBound('a');
      user.fill('a', 5);
      await user.createClaim('b', { source: 'a' });
      await user.untilCopying('b');
      await user.deleteClaim('b');
      await user.untilGone('b');
    },
  },
];

/** What keeps a scenario from being played here. */
export const obstaclesTo = ({ needs }: Scenario): string[] => (needs?.limits ? withoutLimitingDisk() : []);

/** All scenarios that can be played here. */
export const playable = (): Scenario[] => scenarios.filter((scenario) => obstaclesTo(scenario).length === 0);

/** @throws {Error} if there is no scenario of that name */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined)
    throw new Error(`there is no scenario "${name}": use one of ${scenarios.map((one) => one.name).join(', ')}`);
  return found;
}
