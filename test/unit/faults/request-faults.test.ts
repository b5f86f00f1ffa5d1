import { describe, expect } from 'vitest';
import { answers } from '../../faults/proxy/answers.ts';
import type { FaultProxy, RequestFault } from '../../faults/proxy/fault-proxy.ts';
import { claim } from '../../support/build.ts';
import { until } from '../../support/until.ts';
import { claimPath, claimsPath, onlyEntry, test } from './proxied.ts';

const connectionReset = { code: 'ECONNRESET' };

function harm(proxy: FaultProxy, fault: RequestFault): void {
  proxy.hooks = { onRequest: () => fault };
}

describe('a request', () => {
  test('that is dropped is not carried out', async ({ proxy, through, direct }) => {
    harm(proxy, { do: 'drop' });
    await expect(through.create(claimsPath, claim('data'))).rejects.toMatchObject(connectionReset);
    expect(await direct.get(claimPath('data'))).toBeUndefined();
    expect(onlyEntry(proxy)).toMatchObject({ delivered: false, upstream: undefined, answered: 'dropped' });
  });

  test('whose answer is lost is carried out', async ({ proxy, through, direct }) => {
    harm(proxy, { do: 'loseAnswer' });
    await expect(through.create(claimsPath, claim('data'))).rejects.toMatchObject(connectionReset);
    expect(await direct.get(claimPath('data'))).toMatchObject({ metadata: { name: 'data' } });
    expect(onlyEntry(proxy)).toMatchObject({ delivered: true, upstream: { status: 201 }, answered: 'dropped' });
  });

  test('is carried out before something is run, and answered after it', async ({ proxy, through, direct }) => {
    let seen: unknown;
    harm(proxy, {
      do: 'deliverThen',
      run: async (answer) => {
        seen = { answer, stored: await direct.get(claimPath('data')), told: onlyEntry(proxy).answered };
      },
    });
    const created = await through.create(claimsPath, claim('data'));
    expect(seen).toEqual({ answer: { status: 201, body: created }, stored: created, told: undefined });
    expect(onlyEntry(proxy).answered).toEqual({ status: 201, body: created });
  });

  test('is told to nobody when what was run has ended the connection', async ({ proxy, through, direct }) => {
    harm(proxy, { do: 'deliverThen', run: async () => proxy.refuseFor(0) });
    await expect(through.create(claimsPath, claim('data'))).rejects.toMatchObject(connectionReset);
    await until('the entry is complete', () => onlyEntry(proxy).answered);
    expect(onlyEntry(proxy)).toMatchObject({ delivered: true, upstream: { status: 201 }, answered: 'dropped' });
    expect(await direct.get(claimPath('data'))).toBeDefined();
  });

  test('is not carried out when something is run instead', async ({ proxy, through, direct }) => {
    let runs = 0;
    harm(proxy, {
      do: 'insteadRun',
      run: async () => {
        runs += 1;
      },
    });
    await expect(through.create(claimsPath, claim('data'))).rejects.toMatchObject(connectionReset);
    expect(runs).toBe(1);
    expect(await direct.get(claimPath('data'))).toBeUndefined();
    expect(onlyEntry(proxy)).toMatchObject({ delivered: false, answered: 'dropped' });
  });

  test('that is delayed has not been carried out before its time', async ({ proxy, through, direct }) => {
    harm(proxy, { do: 'delay', ms: 60_000 });
    const creation = expect(through.create(claimsPath, claim('data'))).rejects.toMatchObject(connectionReset);
    await until('the request is here', () => proxy.history.length === 1);
    expect(onlyEntry(proxy)).toMatchObject({ delivered: false, answered: undefined });
    await proxy.stop();
    await creation;
    expect(await direct.get(claimPath('data'))).toBeUndefined();
  });

  test('that is delayed is carried out though nobody waits for it any more', async ({ proxy, through }) => {
    const waits = new AbortController();
    proxy.hooks = {
      onRequest: () => {
        waits.abort();
        return { do: 'delay', ms: 20 };
      },
    };
    await expect(through.watch(claimsPath, waits.signal).next()).rejects.toThrow();
    await until('the entry is complete', () => onlyEntry(proxy).answered);
    expect(onlyEntry(proxy)).toMatchObject({ delivered: true, upstream: { status: 200 }, answered: 'dropped' });
  });

  test('whose answer is slow is carried out at once', async ({ proxy, through, direct }) => {
    harm(proxy, { do: 'slowAnswer', ms: 60_000 });
    const creation = expect(through.create(claimsPath, claim('data'))).rejects.toMatchObject(connectionReset);
    await until('it is carried out', () => direct.get(claimPath('data')));
    await until('its answer is here', () => onlyEntry(proxy).upstream);
    expect(onlyEntry(proxy)).toMatchObject({ upstream: { status: 201 }, answered: undefined });
    await proxy.stop();
    await creation;
  });

  test.for<RequestFault>([
    { do: 'delay', ms: 40 },
    { do: 'slowAnswer', ms: 40 },
  ])('of $do is answered after its time', async (fault, { proxy, through }) => {
    harm(proxy, fault);
    const started = performance.now();
    expect(await through.create(claimsPath, claim('data'))).toMatchObject({ metadata: { name: 'data' } });
    expect(performance.now() - started).toBeGreaterThan(38);
  });

  test('that hangs is neither carried out nor answered, and ends when it is released', async ({
    proxy,
    through,
    direct,
  }) => {
    harm(proxy, { do: 'hang' });
    const creation = expect(through.create(claimsPath, claim('data'))).rejects.toMatchObject(connectionReset);
    await until('the request is here', () => proxy.history.length === 1);
    expect(onlyEntry(proxy)).toMatchObject({ delivered: false, answered: undefined });
    proxy.releaseHanging();
    await creation;
    await until('the entry is complete', () => onlyEntry(proxy).answered);
    expect(onlyEntry(proxy).answered).toBe('dropped');
    expect(await direct.get(claimPath('data'))).toBeUndefined();
  });

  test('is answered by the proxy with what the hook makes up', async ({ proxy, through, direct }) => {
    const made = { kind: 'Made', up: true };
    harm(proxy, { do: 'answer', status: 418, headers: { 'x-made': 'up' }, body: made });
    const answer = await through.send('POST', claimsPath, claim('data'));
    expect(answer).toMatchObject({ status: 418, headers: { 'x-made': 'up' }, body: made });
    expect(await direct.get(claimPath('data'))).toBeUndefined();
    expect(onlyEntry(proxy)).toMatchObject({ delivered: false, answered: { status: 418, body: made } });
  });

  test('meets the hook that is set when it comes, and is told to it when it is answered', async ({
    proxy,
    through,
  }) => {
    const told: string[] = [];
    proxy.hooks = {
      onRequest: async ({ nth }) => (nth === 2 ? { do: 'drop' } : answers.unavailable()),
      onAnswered: ({ label, nth }, answer) =>
        told.push(`${label} ${nth}: ${answer === 'dropped' ? answer : answer.status}`),
    };
    await through.send('POST', claimsPath, claim('data'));
    await expect(through.send('POST', claimsPath, claim('data'))).rejects.toThrow();
    await through.send('DELETE', claimPath('data'));
    expect(told).toEqual([
      'POST persistentvolumeclaims 1: 503',
      'POST persistentvolumeclaims 2: dropped',
      'DELETE persistentvolumeclaims 1: 503',
    ]);
    proxy.hooks = {};
    expect((await through.send('POST', claimsPath, claim('data'))).status).toBe(201);
  });
});

describe('the answer', () => {
  test.for<[keyof typeof answers, RequestFault, object]>([
    ['unauthorized', answers.unauthorized(), { status: 401, body: { reason: 'Unauthorized', code: 401 } }],
    ['forbidden', answers.forbidden(), { status: 403, body: { reason: 'Forbidden' } }],
    ['conflict', answers.conflict(), { status: 409, body: { reason: 'Conflict' } }],
    ['invalid', answers.invalid(), { status: 422, body: { reason: 'Invalid' } }],
    [
      'tooManyRequests',
      answers.tooManyRequests(3),
      { status: 429, headers: { 'retry-after': '3' }, body: { details: { retryAfterSeconds: 3 } } },
    ],
    ['internalError', answers.internalError(), { status: 500, body: { kind: 'Status', reason: 'InternalError' } }],
    [
      'internalErrorWithHtml',
      answers.internalErrorWithHtml(),
      { status: 500, headers: { 'content-type': 'text/html' }, body: expect.stringContaining('<html>') },
    ],
    ['unavailable', answers.unavailable(), { status: 503, body: { reason: 'ServiceUnavailable' } }],
    ['serverTimeout', answers.serverTimeout(), { status: 504, body: { reason: 'Timeout' } }],
  ])('%s arrives as an API server words it', async ([, fault, expected], { proxy, through }) => {
    harm(proxy, fault);
    expect(await through.send('GET', claimPath('data'))).toMatchObject(expected);
  });
});

describe('an API server that', () => {
  test('is away for a while resets every connection, and then takes requests again', async ({ proxy, through }) => {
    await through.list(claimsPath);
    proxy.refuseFor(300);
    await expect(through.list(claimsPath)).rejects.toMatchObject(connectionReset);
    await until('it is back', () => through.list(claimsPath));
    expect(proxy.history.map(({ answered }) => answered)).toEqual([
      { status: 200, body: undefined },
      { status: 200, body: undefined },
    ]);
  });

  test('cannot be reached is a reset with the reason in the history', async ({ controlPlane, proxy, through }) => {
    await controlPlane.stop();
    await expect(through.list(claimsPath)).rejects.toMatchObject(connectionReset);
    expect(onlyEntry(proxy)).toMatchObject({
      delivered: true,
      upstream: undefined,
      failure: expect.stringContaining('ECONNREFUSED'),
      answered: 'dropped',
    });
  });
});
