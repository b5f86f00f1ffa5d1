import { finding } from '../checks.ts';
import { type Facts, wantsGrowth } from '../facts.ts';
import type { Finding } from '../finding.ts';
import type { Group } from '../group.ts';
import { grantRights } from '../mending.ts';
import { readMessage, shortened, timeOf } from '../warnings.ts';

/** Whether the daemons have the rights that they need. */
export const rightGroup: Group = {
  name: 'rights',
  needs: ['daemons', 'claims', 'volumes', 'events', 'statuses'],

  look(facts) {
    const inTroubles = [...facts.statuses.values()].flatMap(({ node, troubles }) =>
      troubles.filter((trouble) => /\bforbidden\b|ApiServerForbidden/i.test(trouble)).map((text) => lack(node, text)),
    );
    const [event] = refusals(facts);
    if (inTroubles.length > 0 || event === undefined) return inTroubles;
    return [lack(event.node, event.message)];
  },

  well: () => 'none is missing',
};

const lack = (node: string, message: string): Finding =>
  finding('daemon-right-missing', `node ${node}`, `the daemon lacks a right: ${shortened(message)}`, grantRights);

/** What daemons said of objects that still wait, the latest first. Other Events may be about a right that was granted since. */
function refusals(facts: Facts): { node: string; message: string }[] {
  const told = waitingObjects(facts).flatMap((uid) => facts.warnings?.get(uid) ?? []);
  return told
    .filter(({ message }) => readMessage(message ?? '').reason === 'ApiServerForbidden')
    .toSorted((one, other) => timeOf(other) - timeOf(one))
    .map(({ source, reportingInstance, message }) => ({
      node: reportingInstance || source?.host || '',
      message: message ?? '',
    }));
}

/** UIDs of claims that wait for a volume or a larger one, and of volumes that wait for their deletion. */
const waitingObjects = ({ claims = [], volumes = [] }: Facts): string[] => [
  ...claims.filter((claim) => claim.phase === 'Pending' || wantsGrowth(claim)).map(({ uid }) => uid),
  ...volumes.filter(({ phase, deleting }) => phase === 'Released' || deleting).map(({ uid }) => uid),
];
