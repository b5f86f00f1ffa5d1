import { afterEach, beforeEach, test } from 'vitest';
import { VolumeWatcher } from '../../../bench/cluster/volume-watcher.ts';
import { type EmbeddedControlPlane, startEmbedded } from '../../control-plane/embedded/embedded.ts';
import { Api, type Json } from '../../support/api.ts';

const volumes = '/api/v1/persistentvolumes';
const withinMs = 10_000;

/** A client whose next watches begin only when it is told so. */
class HeldApi extends Api {
  held: Promise<void> = Promise.resolve();

  override async *watch(...request: Parameters<Api['watch']>): AsyncGenerator<Json> {
    await this.held;
    yield* super.watch(...request);
  }
}

let controlPlane: EmbeddedControlPlane;
let api: HeldApi;
let watcher: VolumeWatcher;

beforeEach(async () => {
  controlPlane = await startEmbedded();
  api = new HeldApi(controlPlane.adminKubeconfigPath);
  watcher = await VolumeWatcher.start(api);
});

afterEach(async () => {
  watcher.stop();
  await api.close();
  await controlPlane.stop();
});

const make = (name: string) =>
  api.create(volumes, {
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Mi' }, hostPath: { path: `/tmp/${name}` } },
  });

test('it sees volumes come and go, also what the server has forgotten until it watches again', async () => {
  for (const name of ['first', 'second']) await make(name);
  await watcher.untilSeen(['first', 'second'], withinMs);

  const { promise, resolve: goOn } = Promise.withResolvers<void>();
  api.held = promise;
  controlPlane.closeWatches();
  await make('third');
  await api.delete(`${volumes}/first`);
  controlPlane.compactHistory();
  goOn();
  await make('fourth');

  await watcher.untilSeen(['third', 'fourth'], withinMs);
  await watcher.untilLetGo(['first'], withinMs);
});
