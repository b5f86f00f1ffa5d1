import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Json } from '../../support/api.ts';
import type { ProxiedRequest } from '../proxy/proxied-request.ts';
import type { OwnClaim } from '../world/user.ts';
import type { World } from '../world/world.ts';
import { missingForDurability, missingForRemoval } from './durability.ts';

const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer';
const identity = 'hostPathProvisionerIdentity';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';

const selectedNode = '/metadata/annotations/volume.kubernetes.io~1selected-node';

/** The operations of a JSON patch that gives a claim back to the scheduler if it is still as it was read. */
const givingBack = JSON.stringify([
  'test /metadata/uid',
  'test /metadata/resourceVersion',
  `test ${selectedNode}`,
  `remove ${selectedNode}`,
]);

/** What the classes of the scenarios ask for: the default. */
const directoryMode = 0o777;

/** Looks at each request of the daemon when it arrives, before it is delivered, and judges it by the state of that moment. */
export class ApiWitness {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async request(request: ProxiedRequest): Promise<void> {
    if (request.kind !== 'write') return;
    if (request.resource === 'events') this.#isOfOwnEvent(request);
    else if (request.label === 'PATCH persistentvolumeclaims/status')
      return; // SizeWitness judges it
    else if (request.resource === 'persistentvolumeclaims') await this.#givesBack(request);
    else if (request.resource !== 'persistentvolumes') this.#foreign(request, 'no resource that it writes');
    else if (request.method === 'POST') this.#creates(request);
    else await this.#changes(request);
  }

  #creates({ body }: ProxiedRequest): void {
    const { violations, lives } = this.#world;
    const name = body.metadata.name;
    const path = pathOf(body);
    const base = dirname(path);
    this.#isOwn(body, `POST ${name}`);
    this.#isToBeServedHere(body);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found?.isDirectory()) {
      violations.add('S2', name, `volume registered, and there is no directory ${path}`);
      return;
    }
    const mode = found.mode & 0o7777;
    if (mode !== directoryMode)
      violations.add('S2', name, `registered while its directory had mode ${mode.toString(8)}`);
    const lacks = this.#claimOf(body)?.source?.treasure?.missingIn(path);
    if (lacks !== undefined) violations.add('S2', name, `registered as a copy that is not whole: ${lacks}`);
    const recordPath = join(base, '.hostpath-provisioner/volumes', `${name}.json`);
    const missing = missingForDurability(lives.report.lines(), { path, base, recordPath });
    if (missing.length > 0) violations.add('S2', name, missing.join('; '));
  }

  /** The only thing that it may do to a claim: take off a selected node, while this node has nothing for the claim. */
  async #givesBack(request: ProxiedRequest): Promise<void> {
    const { violations, cluster, pools } = this.#world;
    const { name = '', body } = request;
    const operations = JSON.stringify((Array.isArray(body) ? body : []).map(({ op, path }) => `${op} ${path}`));
    if (request.method !== 'PATCH' || operations !== givingBack) {
      this.#foreign(request, 'no change of a claim that it makes');
      return;
    }
    const volume = `pvc-${(await cluster.readClaim(name))?.metadata.uid}`;
    const begun = pools.all.flatMap(({ path }) => [
      join(path, volume),
      join(path, '.hostpath-provisioner/volumes', `${volume}.json`),
    ]);
    const left = begun.filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
    if (left.length > 0) violations.add('S3', name, `given back while there is ${left.join(', ')}`);
    if ((await cluster.readVolume(volume)) !== undefined)
      violations.add('S3', name, `given back with volume ${volume}`);
  }

  async #changes(request: ProxiedRequest): Promise<void> {
    const { violations, cluster, lives } = this.#world;
    const name = request.name ?? '';
    const volume = await cluster.readVolume(name);
    if (volume === undefined) return;
    this.#isOwn(volume, `${request.method} ${name}`);
    if (!letsGo(request, volume)) return;
    const path = pathOf(volume);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
      violations.add('S5', name, `${request.method} lets the volume go while its directory is in place`);
      return;
    }
    const missing = missingForRemoval(lives.report.lines(), { path, base: dirname(path) });
    if (missing.length > 0) violations.add('S5', name, missing.join('; '));
  }

  #isOwn({ metadata }: Json, object: string): void {
    const { nodeName, provisioner } = this.#world.cluster;
    const { [identity]: node, [provisionedBy]: by } = metadata.annotations ?? {};
    if (node === nodeName && by === provisioner) return;
    this.#world.violations.add('S6', object, `a volume of node ${node} and provisioner ${by}`);
  }

  #claimOf({ spec }: Json): OwnClaim | undefined {
    const claims = this.#world.users.flatMap((user) => user.claims);
    return claims.find(({ uid }) => uid === spec.claimRef.uid);
  }

  #isToBeServedHere(volume: Json): void {
    const claim = this.#claimOf(volume);
    if (claim?.servedHere === false) {
      this.#world.violations.add('S6', claim.label, 'a volume for a claim that no scheduler has given to this node');
    }
  }

  #isOfOwnEvent({ body, method }: ProxiedRequest): void {
    if (method !== 'POST') return; // counts up one that it made
    const { cluster, users } = this.#world;
    const { kind, namespace, name } = body.involvedObject;
    const own: Record<string, () => boolean> = {
      PersistentVolumeClaim: () => namespace === cluster.namespace,
      PersistentVolume: () => true,
      Node: () => name === cluster.nodeName,
      StorageClass: () => [cluster.className, ...users.flatMap(({ classes }) => [...classes.values()])].includes(name),
    };
    if (!own[kind]?.()) this.#world.violations.add('S6', `Event of ${kind} ${namespace}/${name}`, 'not of this test');
  }

  #foreign({ label, path }: ProxiedRequest, evidence: string): void {
    this.#world.violations.add('S6', `${label} ${path}`, evidence);
  }
}

const pathOf = ({ spec }: Json): string => spec.hostPath?.path ?? spec.local?.path;

/** Whether the volume may be gone for good once this request is granted, although it is one to be deleted with its data. */
function letsGo({ method, body }: ProxiedRequest, { metadata, spec }: Json): boolean {
  if (spec.persistentVolumeReclaimPolicy !== 'Delete') return false;
  const held = metadata.finalizers?.includes(finalizer) ?? false;
  if (method === 'DELETE') return !held;
  const takesOff = JSON.stringify(body).includes('deleteFromPrimitiveList') || body.metadata?.finalizers === null;
  return held && takesOff && metadata.deletionTimestamp !== undefined;
}
