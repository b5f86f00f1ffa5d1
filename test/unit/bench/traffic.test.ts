import { expect, test } from 'vitest';
import { activityIn, kindOfRequest, sumOf } from '../../../bench/thrift/traffic.ts';

test.each([
  ['GET', '/api/v1/persistentvolumes?limit=500', 'LIST persistentvolumes'],
  ['GET', '/api/v1/persistentvolumes?watch=true&resourceVersion=1', 'WATCH persistentvolumes'],
  ['GET', '/api/v1/persistentvolumes/pvc-1', 'GET persistentvolumes'],
  ['GET', '/api/v1/namespaces/a/persistentvolumeclaims/b', 'GET persistentvolumeclaims'],
  ['GET', '/api/v1/namespaces/a/persistentvolumeclaims', 'LIST persistentvolumeclaims'],
  ['GET', '/apis/storage.k8s.io/v1/storageclasses/c', 'GET storageclasses'],
  ['POST', '/api/v1/namespaces/a/events', 'POST events'],
])('%s %s is %s', (method, url, kind) => {
  expect(kindOfRequest(method, url)).toBe(kind);
});

const traffic = { 'GET a 200': 1, 'GET a 404': 2, 'WATCH a 200': 4, 'CHANGE a': 8, 'BOOKMARK a': 16, BYTES: 32 };

test('watches that are begun anew, bookmarks and bytes are no activity', () => {
  expect(activityIn(traffic)).toEqual({ 'GET a 200': 1, 'GET a 404': 2, 'CHANGE a': 8 });
});

test('the traffic of some names is summed up', () => {
  expect(sumOf(traffic, /^GET /)).toBe(3);
});
