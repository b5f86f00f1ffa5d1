import { volumeNameFor } from '../../src/model/names.ts';
import type { Json } from '../../test/support/api.ts';
import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import { inLoops } from '../cluster/in-loops.ts';

/** Whose claims, and of which binding mode. */
export type ClaimKind = 'waitForFirstConsumer' | 'immediate' | 'others';

const atOnce = 8;
const withinMs = 300_000;
const pollEveryMs = 250;

/** Claims come, are bound, and go again with their volumes, as users, a scheduler and another provisioner do it. */
export class ClaimLives {
  readonly #cluster: Cluster;
  #batches = 0;

  static async prepare(cluster: Cluster): Promise<ClaimLives> {
    await cluster.createClass(classOf(cluster, 'waitForFirstConsumer'), { volumeBindingMode: 'WaitForFirstConsumer' });
    await cluster.createClass(classOf(cluster, 'others'), { provisioner: 'example.com/other' });
    return new ClaimLives(cluster);
  }

  private constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /**
   * Creates claims, waits until they are bound, deletes them, and waits until their volumes are gone.
   * @param nodeNames where pods may run; claims that wait for a consumer are spread over them
   */
  async live(kind: ClaimKind, count: number, nodeNames: readonly string[]): Promise<void> {
    const claims = await this.bind(kind, count, nodeNames);
    await inLoops(atOnce, count, async (index) => {
      const { name, volume } = claims[index] ?? { name: '', volume: '' };
      await this.#cluster.deleteClaim(name);
      if (kind === 'others') await this.#cluster.api.delete(`/api/v1/persistentvolumes/${volume}`);
    });
    for (const { volume } of claims) {
      const isGone = async () => (await this.#cluster.readVolume(volume)) === undefined;
      await until(`volume ${volume} is gone`, isGone, { withinMs });
    }
  }

  /** Creates claims and waits until they are bound. */
  async bind(
    kind: ClaimKind,
    count: number,
    nodeNames: readonly string[],
  ): Promise<{ name: string; volume: string }[]> {
    const batch = `${kind}-${this.#batches++}`.toLowerCase();
    const claims: { name: string; volume: string }[] = [];
    await inLoops(atOnce, count, async (index) => {
      const claim = await this.#create(kind, `${batch}-${index}`, batch, nodeNames[index % nodeNames.length]);
      claims.push(claim);
    });
    const { api, claimsPath } = this.#cluster;
    const areBound = async () => {
      const found = await api.list(`${claimsPath}?labelSelector=batch%3D${batch}`);
      return found.every(({ status }) => status.phase === 'Bound');
    };
    await until(`all claims of batch ${batch} are bound`, areBound, { withinMs, everyMs: pollEveryMs });
    return claims;
  }

  async #create(kind: ClaimKind, name: string, batch: string, nodeName: string | undefined) {
    const { api, claimsPath } = this.#cluster;
    const storageClassName = classOf(this.#cluster, kind);
    const claim = await this.#cluster.createClaim(name, {
      metadata: { labels: { batch } },
      spec: { storageClassName },
    });
    if (kind === 'others') await api.create('/api/v1/persistentvolumes', volumeOfOthers(claim));
    if (kind === 'waitForFirstConsumer') {
      const annotations = { 'volume.kubernetes.io/selected-node': nodeName };
      await api.patch(`${claimsPath}/${name}`, { metadata: { annotations } });
    }
    return { name, volume: volumeNameFor(claim.metadata.uid) };
  }
}

function classOf({ className }: Cluster, kind: ClaimKind): string {
  return kind === 'immediate' ? className : `${className}-${kind.toLowerCase()}`;
}

/** What another provisioner registers for a claim. */
function volumeOfOthers({ metadata: { namespace, name, uid }, spec }: Json): Json {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volumeNameFor(uid) },
    spec: {
      storageClassName: spec.storageClassName,
      accessModes: spec.accessModes,
      capacity: spec.resources.requests,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: '/nonexistent' },
    },
  };
}
