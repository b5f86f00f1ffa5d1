import { type Decision, firstAnswer, type Rule } from './decision.ts';
import { identityMissing, inUse, needs } from './rules/in-use.ts';
import { claimGone, leftOver } from './rules/left-over.ts';
import { letGo } from './rules/let-go.ts';
import { made, type OursView } from './rules/made.ts';
import { wanted } from './rules/wanted.ts';
import { type VolumeView, volumeOfOurs } from './view.ts';

/** A volume of ours exists: its needs, the claim that waits for it, its end, and news for its users. */
const withVolume: readonly Rule<OursView>[] = [...needs, made, letGo, ...inUse];

/** No volume of ours exists: leftovers, then the claim that lives or wants a volume. */
const withoutVolume: readonly Rule<VolumeView>[] = [identityMissing, leftOver, claimGone, wanted];

/** The order of the rules is behaviour. */
export function decide(view: VolumeView): Decision {
  const volume = volumeOfOurs(view);
  const decision = volume ? firstAnswer(withVolume, { ...view, volume }) : firstAnswer(withoutVolume, view);
  return decision ?? { action: 'ignore', reason: 'NotOurs' };
}
