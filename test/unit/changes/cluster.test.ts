import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Cluster } from '../../../src/changes/cluster.ts';
import { ApiError, type ApiErrorReason } from '../../../src/kube/calls/kube-api.ts';

class World {
  /** What the API server answers; the last one from then on. */
  answers: (string | ApiErrorReason)[] = ['uid-1'];
  asked = 0;
  readonly told: string[] = [];
  readonly cluster = new Cluster({
    kube: {
      readClusterUid: async () => {
        this.asked += 1;
        const answer = (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) ?? '';
        if (/^[A-Z]/.test(answer)) throw new ApiError(answer as ApiErrorReason, `cannot read: ${answer}`);
        return answer;
      },
    },
    report: {
      known: (uid, late) => void this.told.push(late ? `${uid} after all` : uid),
      unknown: ({ message }) => void this.told.push(message),
    },
    onKnown: () => void this.told.push('on to work with it'),
  });

  async start(...answers: (string | ApiErrorReason)[]): Promise<void> {
    this.answers = answers;
    this.cluster.start();
    await vi.advanceTimersByTimeAsync(0);
  }

  get state() {
    const { uid, isReady, trouble } = this.cluster;
    return { uid, isReady, trouble };
  }
}

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
});
afterEach(() => {
  world.cluster.stop();
  vi.useRealTimers();
});

describe('the UID of our cluster', () => {
  test('is known as soon as the API server tells it', async () => {
    await world.start('uid-1');
    expect(world.state).toEqual({ uid: 'uid-1', isReady: true, trouble: undefined });
    expect(world.told).toEqual(['uid-1']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each<ApiErrorReason>(['Unknown', 'TooManyRequests', 'Unauthorized'])(
    'is waited for while the answer is %s, however long that takes',
    async (reason) => {
      await world.start(reason);
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(world.state).toEqual({ uid: undefined, isReady: false, trouble: `cannot read: ${reason}` });
      expect(world.told).toEqual([]);
      world.answers = ['uid-1'];
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await world.cluster.ready).toBe(true);
      expect(world.told).toEqual(['uid-1']);
    },
  );

  test.each<[string, ApiErrorReason | '', string]>([
    ['refused', 'Forbidden', 'cannot read: Forbidden'],
    ['not found', 'NotFound', 'cannot read: NotFound'],
    ['empty', '', 'namespace kube-system has no UID'],
  ])(
    'that is %s is told once, work begins without it, and it is asked for at growing intervals',
    async (_, answer, told) => {
      await world.start(answer);
      await vi.advanceTimersByTimeAsync(2_000);
      expect(world.state).toEqual({ uid: undefined, isReady: true, trouble: undefined });
      await vi.advanceTimersByTimeAsync(24 * 3_600_000);
      expect(world.told).toEqual([told]);
      expect(world.asked).toBeLessThan(24 * 6 + 15);
      world.answers = ['uid-1'];
      await vi.advanceTimersByTimeAsync(600_000);
      expect(world.told).toEqual([told, 'uid-1 after all', 'on to work with it']);
      expect(world.cluster.uid).toBe('uid-1');
    },
  );

  test('that is refused for a moment, as to a role that was just made, is no trouble', async () => {
    await world.start('Forbidden', 'Forbidden', 'uid-1');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(world.told).toEqual(['uid-1']);
  });

  test('is not asked for after the stop', async () => {
    await world.start('Unknown');
    world.cluster.stop();
    expect(await world.cluster.ready).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});
