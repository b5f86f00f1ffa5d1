import { claimOf } from '../../model/claim.ts';
import type {
  PersistentVolumeClaimObject,
  PersistentVolumeObject,
  StorageClassObject,
} from '../../model/kubernetes.ts';
import { volumeOf } from '../../model/volume.ts';

/** Which claims and classes the daemons serve. */
export class Ours {
  /** Names by which classes ask for the daemons. */
  readonly provisioners: ReadonlySet<string>;
  readonly #classes: ReadonlySet<string>;
  readonly #volumes: ReadonlySet<string>;

  /**
   * @param provisioners that the daemons are known to serve; those that their volumes name are added
   * @param classes all classes that could be read
   * @param volumes of the daemons
   */
  constructor(
    provisioners: readonly string[],
    classes: readonly StorageClassObject[],
    volumes: readonly PersistentVolumeObject[],
  ) {
    const facts = volumes.map(volumeOf);
    this.provisioners = new Set([...provisioners, ...facts.flatMap(({ provisionedBy }) => provisionedBy ?? [])]);
    this.#volumes = new Set(facts.map(({ name }) => name));
    this.#classes = new Set(classes.filter(this.hasClass).map(({ metadata }) => metadata?.name ?? ''));
  }

  hasClass = ({ provisioner }: StorageClassObject): boolean => this.provisioners.has(provisioner);

  hasClaim = (object: PersistentVolumeClaimObject): boolean => {
    const { volumeName, className, provisioner } = claimOf(object);
    if (volumeName !== undefined && this.#volumes.has(volumeName)) return true;
    if (provisioner !== undefined) return this.provisioners.has(provisioner);
    return className !== undefined && this.#classes.has(className);
  };
}
