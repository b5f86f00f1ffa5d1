import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ClaimsElsewhere } from '../../../src/changes/claims-elsewhere.ts';
import { pendingClaim, volumeName } from '../../support/build-views.ts';

const waitingFor = (selectedNode: string) => pendingClaim({ selectedNode });

let looks: number;
let claims: ClaimsElsewhere;
beforeEach(() => {
  vi.useFakeTimers();
  looks = 0;
  claims = new ClaimsElsewhere(() => {
    looks += 1;
  });
});
afterEach(() => {
  claims.stop();
  vi.useRealTimers();
});

describe('a claim that waits for another node', () => {
  test('is not looked at before half a minute has passed, and then ever more rarely', () => {
    claims.set(volumeName, waitingFor('node-b'));
    vi.advanceTimersByTime(29_999);
    expect([looks, claims.get(volumeName)]).toEqual([0, undefined]);
    vi.advanceTimersByTime(17_000);
    expect([looks, claims.get(volumeName)]).toEqual([1, waitingFor('node-b')]);
    vi.advanceTimersByTime(3_600_000);
    expect(looks).toBeGreaterThan(8);
    expect(looks).toBeLessThan(17);
  });

  test('keeps its time when it changes otherwise, and begins anew when another node is selected', () => {
    claims.set(volumeName, waitingFor('node-b'));
    vi.advanceTimersByTime(29_000);
    claims.set(volumeName, waitingFor('node-b'));
    vi.advanceTimersByTime(18_000);
    expect(looks).toBe(1);
    claims.set(volumeName, waitingFor('node-c'));
    expect(claims.get(volumeName)).toBeUndefined();
    vi.advanceTimersByTime(29_000);
    expect(looks).toBe(1);
  });

  test('is not looked at once it waits no more, and nothing keeps ticking', () => {
    claims.set(volumeName, waitingFor('node-b'));
    expect(claims.delete(volumeName)).toBe(false);
    vi.advanceTimersByTime(3_600_000);
    expect([looks, vi.getTimerCount()]).toEqual([0, 0]);
  });

  test('is known to have been looked at when it goes, for something may have been begun for it', () => {
    claims.set(volumeName, waitingFor('node-b'));
    vi.advanceTimersByTime(60_000);
    claims.startList();
    expect(claims.endList()).toEqual([volumeName]);
  });
});
