import { untilInTime } from '../world/deadline.ts';
import { type User, volumeOf } from '../world/user.ts';
import { isHeld } from './cluster-state.ts';
import { liveOnce } from './live-once.ts';

/** Something that the daemon does with one claim, `a`, in one life. */
export interface Flow {
  /** A prefix for names of objects. */
  name: string;
  title: string;
  /** What is there when the daemon starts. */
  about: string;
  /** Faults that bring that about, of lives before it. */
  faults?: string[];
  /** Brings it about, and leaves the daemon down. */
  arrange: (user: User) => Promise<void>;
  /** Waits until users see that it is done. */
  untilDone: (user: User) => Promise<void>;
}

/** Long enough to be seen, and short enough to be waited for. */
const retention = '500ms';

export const flows: readonly Flow[] = [
  {
    name: 'provision',
    title: 'Provision',
    about: 'A claim waits; the base directory is in use already.',
    async arrange(user) {
      user.world.lives.up();
      await user.createBound('other');
      await user.world.lives.down();
      await user.createClaim('a');
    },
    untilDone: (user) => user.untilBound('a'),
  },
  {
    name: 'undo',
    title: 'Undo',
    about: 'The daemon was killed before its POST, and the claim is deleted since.',
    faults: ['api:POST persistentvolumes#1:before'],
    async arrange(user) {
      await user.createClaim('a');
      await liveOnce(user.world, 'its POST');
      await user.deleteClaim('a');
    },
    untilDone: (user) => user.untilGone('a'),
  },
  {
    name: 'delete',
    title: 'Delete',
    about: 'The claim of a Delete volume is deleted; a pod has written into the volume.',
    async arrange(user) {
      await provisionThenStop(user);
      await user.deleteClaim('a');
    },
    untilDone: (user) => user.untilGone('a'),
  },
  {
    name: 'delete-with-retention',
    title: 'Delete, with `trashRetention`',
    about:
      'The same for a class that keeps removed directories for a while. The rename to `erasing` waits until that is over.',
    async arrange(user) {
      await user.createClass('keeps', { parameters: { trashRetention: retention } });
      await provisionThenStop(user, { className: 'keeps' });
      await user.deleteClaim('a');
    },
    untilDone: (user) => user.untilGone('a'),
  },
  {
    name: 'keep',
    title: 'Keep',
    about: 'A volume is changed to Retain; its claim is deleted, and so is the volume, which our finalizer holds.',
    async arrange(user) {
      await provisionThenStop(user);
      await user.setPolicy('a', 'Retain');
      await user.deleteClaim('a');
      await user.untilReleased('a');
      await user.deleteVolume('a');
    },
    untilDone: (user) => user.untilVolumeGone('a'),
  },
  {
    name: 'adopt',
    title: 'First start, and adoption',
    about: 'The original demo has left a bound volume; our daemon has never run in this base directory.',
    arrange: (user) => user.createClaimOfTheDemo('a'),
    untilDone: untilHeld,
  },
];

async function provisionThenStop(user: User, options: { className?: string } = {}): Promise<void> {
  user.world.lives.up();
  await user.createBound('a', options);
  await user.world.lives.down();
}

async function untilHeld(user: User): Promise<void> {
  await untilInTime(user.world, 'the volume has our finalizer', async () => {
    const [own] = user.claims;
    const volume = own && (await user.world.cluster.readVolume(volumeOf(own)));
    return volume !== undefined && isHeld(volume);
  });
}
