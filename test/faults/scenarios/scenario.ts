import type { User } from '../world/user.ts';
import type { WorldNeeds } from '../world/world.ts';

/** Something that users do, from first to last. Steps wait by condition, and the daemon may die between any two of them. */
export interface Scenario {
  name: string;
  /** What was there before the daemon's first start. */
  prepare?: (user: User) => Promise<void>;
  play: (user: User) => Promise<void>;
  /** It has very many points, and is run only when there is time. */
  slow?: true;
  /** It changes what other scenarios rest on, such as the node, so it has a world for itself. */
  alone?: true;
  /** What its world has beyond a base directory; without it, that is on whatever disk temporary files are. */
  needs?: WorldNeeds;
}
