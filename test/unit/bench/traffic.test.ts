import { describe, expect, test } from 'vitest';
import { activityIn, kindOfRequest, trafficSince } from '../../../bench/thrift/traffic.ts';

describe('a request', () => {
  test.each([
    ['GET', '/api/v1/persistentvolumes?limit=500', 'LIST persistentvolumes'],
    ['GET', '/api/v1/persistentvolumes?watch=true&resourceVersion=1', 'WATCH persistentvolumes'],
    ['GET', '/api/v1/persistentvolumes/pvc-1', 'GET persistentvolumes'],
    ['GET', '/api/v1/namespaces/a/persistentvolumeclaims/b', 'GET persistentvolumeclaims'],
    ['GET', '/api/v1/namespaces/a/persistentvolumeclaims', 'LIST persistentvolumeclaims'],
    ['GET', '/apis/storage.k8s.io/v1/storageclasses/c', 'GET storageclasses'],
    ['POST', '/api/v1/namespaces/a/events', 'POST events'],
    ['DELETE', '/api/v1/persistentvolumes/pvc-1', 'DELETE persistentvolumes'],
  ])('%s %s is %s', (method, url, kind) => {
    const { verb, resource } = kindOfRequest(method, url);
    expect(`${verb} ${resource}`).toBe(kind);
  });
});

test('what was added leaves out what did not change', () => {
  const none = {
    connections: 1,
    receivedBytes: 10,
    sentBytes: 5,
    requests: { a: 1, b: 2 },
    watchEvents: {},
    bookmarks: 0,
  };
  const now = {
    ...none,
    connections: 3,
    receivedBytes: 30,
    requests: { a: 1, b: 5, c: 1 },
    watchEvents: { claims: 2 },
  };
  expect(trafficSince(none, now)).toEqual({
    connections: 2,
    receivedBytes: 20,
    sentBytes: 0,
    requests: { b: 3, c: 1 },
    watchEvents: { claims: 2 },
    bookmarks: 0,
  });
});

test('watches that are begun anew, bookmarks and bytes are no activity', () => {
  const traffic = {
    connections: 1,
    receivedBytes: 10,
    sentBytes: 5,
    requests: { 'GET persistentvolumes 200': 1, 'WATCH persistentvolumes 200': 1 },
    watchEvents: { persistentvolumes: 1 },
    bookmarks: 0,
  };
  const renewed = {
    ...traffic,
    connections: 2,
    receivedBytes: 20,
    requests: { ...traffic.requests, 'WATCH persistentvolumes 200': 2, 'WATCH persistentvolumes 410': 1 },
    bookmarks: 3,
  };
  expect(activityIn(renewed)).toEqual(activityIn(traffic));
  const read = { ...traffic, requests: { ...traffic.requests, 'GET persistentvolumes 200': 2 } };
  expect(activityIn(read)).not.toEqual(activityIn(traffic));
  const told = { ...traffic, watchEvents: { persistentvolumes: 2 } };
  expect(activityIn(told)).not.toEqual(activityIn(traffic));
});
