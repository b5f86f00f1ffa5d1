import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from '../../support/cluster.ts';
import { Lives } from '../daemon/lives.ts';
import type { Fault } from '../fault.ts';
import { ApiHarm } from '../harm/api-harm.ts';
import { TimeTravel } from '../harm/time-travel.ts';
import { ApiWitness } from '../oracles/api-witness.ts';
import { SizeWitness } from '../oracles/size-witness.ts';
import { Violations } from '../oracles/violation.ts';
import type { RequestFault } from '../proxy/faults.ts';
import type { ProxiedRequest } from '../proxy/proxied-request.ts';
import type { Lane } from '../runs/lane.ts';
import { AnotherCluster } from './another-cluster.ts';
import { Pools } from './pools.ts';
import { describeTree, differences } from './tree.ts';
import { User } from './user.ts';

/** After this time without progress a daemon is helped, in milliseconds. */
const patienceMs = 3_000;

/** By then, a daemon that did not know whether it has made a volume has looked again, in milliseconds. */
const doubtPatienceMs = 6_000;

/** What a scenario's world has beyond a base directory. */
export interface WorldNeeds {
  /** Its base directory lies on a disk that holds directories to limits. */
  limits?: true;
  /** A second base directory, so that the daemon has the pools `one` and `two`. */
  secondPool?: true;
}

/** Everything that one run has for itself: a corner of the cluster, a base directory, a daemon with its faults, witnesses. */
export class World {
  readonly cluster: Cluster;
  readonly lane: Lane;
  readonly violations = new Violations();
  readonly pools: Pools;
  readonly lives: Lives;
  readonly harm: ApiHarm;
  readonly travel: TimeTravel;
  readonly users: User[] = [];
  /** Deeds that are done when a request of the daemon has arrived, before it is passed on, or instead. */
  readonly beforeAnswers = new Set<(request: ProxiedRequest) => Promise<RequestFault | undefined>>();
  readonly #decoysBefore: string[];
  readonly #anotherCluster: AnotherCluster;

  private constructor(lane: Lane, cluster: Cluster, setup: WorldSetup) {
    const { kubeconfigPath, faults, needs } = setup;
    this.lane = lane;
    this.cluster = cluster;
    this.pools = new Pools(cluster, needs);
    makeDecoys(cluster);
    this.#anotherCluster = new AnotherCluster(cluster);
    this.#decoysBefore = this.#describeDecoys();
    this.lives = new Lives({
      programs: lane.programs,
      kubeconfigPath,
      nodeName: cluster.nodeName,
      provisioner: cluster.provisioner,
      pools: this.pools.all,
      reportPath: join(cluster.folder, 'agent.jsonl'),
      faults,
      violations: this.violations,
      betweenLives: () => {
        this.checkTreasures();
        this.harm.newLife();
      },
      beforeStart: (faults) => this.travel.lifeBegins(faults),
    });
    this.travel = new TimeTravel(lane.proxy, faults);
    this.harm = new ApiHarm(faults, this.lives);
    const witness = new ApiWitness(this);
    const sizeWitness = new SizeWitness(this);
    lane.proxy.clearHistory();
    lane.proxy.hooks = {
      onRequest: async (request) => {
        this.#anotherCluster.comeOnceLabelled();
        await witness.request(request);
        await sizeWitness.request(request);
        for (const deed of this.beforeAnswers) {
          const instead = await deed(request);
          if (instead !== undefined) return instead;
        }
        if (request.kind === 'write' && request.resource !== 'events') await this.travel.stepBegins();
        return this.harm.onRequest(request);
      },
      onWatchEvent: (event) => this.harm.onWatchEvent(event),
    };
  }

  static async make(lane: Lane, faults: readonly Fault[], needs: WorldNeeds = {}): Promise<World> {
    const place = needs.limits ? lane.limitingDisk.point : tmpdir();
    const cluster = await Cluster.make(lane.controlPlane.adminKubeconfigPath, undefined, place);
    const kubeconfigPath = await cluster.daemonKubeconfig({ server: lane.proxy.server, caData: lane.proxy.caData });
    return new World(lane, cluster, { kubeconfigPath, faults, needs });
  }

  addUser(name: string): User {
    const user = new User(name, this);
    this.users.push(user);
    return user;
  }

  /** A directory outside the base directory, which pods plant links to. */
  get decoy(): string {
    return decoyOf(this.cluster);
  }

  /** The faults that came about. */
  get hit(): Fault[] {
    return [...this.lives.hit, ...this.harm.hit, ...this.travel.hit];
  }

  /** A daemon that a fault keeps from noticing anything, for long or for ever, is helped. */
  async helpIfStuck(): Promise<void> {
    if (this.travel.lastingForMs > patienceMs) this.travel.end();
    const { harm, lives } = this;
    // By its own word: one that should try again and does not is not helped.
    const inDoubt =
      harm.inDoubtForMs > doubtPatienceMs && lives.log.some(({ reason }) => reason === 'CreationUnanswered');
    if (inDoubt || harm.lastingForMs > patienceMs || this.#eraserFailedForMs > patienceMs) await lives.restart();
  }

  /** Whether the present life suffers from what it will notice late, or never. */
  get isHarmedForLong(): boolean {
    return this.harm.lastingForMs > 0 || this.#eraserFailedForMs > 0;
  }

  /** What could not be erased is tried again after ten minutes, or at the next start. */
  get #eraserFailedForMs(): number {
    const { lives } = this;
    const failed = lives.hit.some((fault) => fault.life === lives.count && fault.kind === 'erase');
    return failed ? performance.now() - lives.lastStartMs : 0;
  }

  /** From now on nothing goes wrong any more, but for what the present life has in it. */
  endFaults(): void {
    this.lives.endFaults();
    this.harm.end();
    this.travel.end();
    this.lane.proxy.releaseHanging();
    this.pools.bringBackAll();
  }

  /** S1: what pods wrote into volumes that are to live is still there. */
  checkTreasures(): void {
    for (const user of this.users) user.checkTreasures();
  }

  /** S4: what lies outside, or inside and is not the daemon's or of another cluster, is as it was. */
  checkDecoys(): void {
    const { before, after } = this.#anotherCluster.compared;
    const changes = differences([...this.#decoysBefore, ...before], [...this.#describeDecoys(), ...after]);
    if (changes.length > 0) this.violations.add('S4', this.cluster.folder, changes.join('\n'));
  }

  #describeDecoys(): string[] {
    return [this.decoy, ...foreignPaths(this.cluster)].flatMap(describeTree);
  }

  async remove(): Promise<void> {
    this.lane.proxy.hooks = {};
    await this.lives.end();
    for (const user of this.users) await user.removeObjects();
    await this.cluster.remove();
  }
}

interface WorldSetup {
  kubeconfigPath: string;
  faults: readonly Fault[];
  needs: WorldNeeds;
}

const decoyOf = ({ folder }: Cluster): string => join(folder, 'decoy');

/** In the base directory, and no work of the daemon: one even has the name of a volume. */
export const foreignNames = ['foreign', 'pvc-00000000-0000-4000-8000-000000000000'];

const foreignPaths = ({ base }: Cluster): string[] => foreignNames.map((name) => join(base, name));

function makeDecoys(cluster: Cluster): void {
  for (const path of [decoyOf(cluster), ...foreignPaths(cluster)]) {
    mkdirSync(join(path, 'inner'), { recursive: true });
    writeFileSync(join(path, 'inner/file'), 'not the daemon’s');
    symlinkSync('inner', join(path, 'link'));
  }
}

/** Names in a directory; none when there is no directory. */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
