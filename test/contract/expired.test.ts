import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedControlPlane, startEmbedded } from '../control-plane/embedded/embedded.ts';
import { Api, type Json } from '../support/api.ts';
import { statusOf } from './corner.ts';
import { Watched } from './watched.ts';

// A real API server forgets after minutes, at no request of a test. These answers were taken from one whose etcd was
// compacted and which was started anew; here the embedded one is held to them.
describe('after its history was forgotten, the embedded API server', () => {
  const configMaps = '/api/v1/namespaces/default/configmaps';
  let controlPlane: EmbeddedControlPlane;
  let api: Api;
  let before: { resourceVersion: string; token: string };

  beforeAll(async () => {
    controlPlane = await startEmbedded();
    api = new Api(controlPlane.adminKubeconfigPath);
    for (const name of ['a', 'b', 'c']) await api.create(configMaps, { metadata: { name } });
    const { metadata } = (await api.send('GET', `${configMaps}?limit=1`)).body;
    before = { resourceVersion: metadata.resourceVersion, token: metadata.continue };
    await api.delete(`${configMaps}/b`);
    controlPlane.compactHistory();
  });

  afterAll(async () => {
    await api.close();
    await controlPlane.stop();
  });

  const firstEvent = async (query: string): Promise<Json> => {
    const watched = new Watched(api, `${configMaps}?watch=1&${query}`, {});
    const [event] = await watched.untilTold(1);
    await watched.untilEnded();
    return event;
  };

  test('answers a watch from before with 200 and an ERROR event of 410 Expired, and ends it', async () => {
    expect(await firstEvent(`resourceVersion=${before.resourceVersion}`)).toEqual({
      type: 'ERROR',
      object: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: expect.stringMatching(`^too old resource version: ${before.resourceVersion} \\([0-9]+\\)$`),
        reason: 'Expired',
        code: 410,
      },
    });
  });

  test('answers a list of before with 410 Expired', async () => {
    const query = `resourceVersion=${before.resourceVersion}&resourceVersionMatch=Exact`;
    expect(statusOf(await api.send('GET', `${configMaps}?${query}`))).toEqual({
      status: 410,
      reason: 'Expired',
      message: 'The resourceVersion for the provided list is too old.',
    });
  });

  test('answers the next page of a list of before with 410 Expired, and a token to go on all the same', async () => {
    const answer = await api.send('GET', `${configMaps}?limit=9&continue=${before.token}`);
    expect(statusOf(answer)).toMatchObject({
      status: 410,
      reason: 'Expired',
      message: expect.stringMatching(
        /^The provided continue parameter is too old to display a consistent list result\./,
      ),
    });
    const { continue: token } = answer.body.metadata;
    const rest = await api.list(`${configMaps}?limit=9&continue=${token}`);
    expect(rest.map(({ metadata }) => metadata.name)).toEqual(['c', 'kube-root-ca.crt']);
  });

  test('takes up a watch from what it still knows', async () => {
    const { metadata } = (await api.send('GET', configMaps)).body;
    const watched = new Watched(api, `${configMaps}?watch=1&resourceVersion=${metadata.resourceVersion}`, {});
    await api.create(configMaps, { metadata: { name: 'd' } });
    await watched.untilTold(1);
    expect(watched.summary).toEqual(['ADDED d']);
    controlPlane.closeWatches();
    await watched.untilEnded();
  });

  test('sends a bookmark when asked to', async () => {
    const watched = new Watched(api, `${configMaps}?watch=1&allowWatchBookmarks=true&labelSelector=none`, {});
    await watched.untilTold(1);
    const { metadata } = await api.create(configMaps, { metadata: { name: 'e' } });
    controlPlane.sendBookmarks();
    const [, bookmark] = await watched.untilTold(2);
    expect(bookmark).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { resourceVersion: metadata.resourceVersion } },
    });
    watched.close();
  });
});
