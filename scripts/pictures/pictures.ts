import { pageBlock, type Typed } from '../../test/support/documents.ts';
import { terminalPicture } from './terminal.ts';
import { wayOfAClaim } from './way-of-a-claim.ts';

/** Of README.md, whose tests compare the output with what the commands print: the first of its block, and itself. */
const session = [
  ['kubectl apply -k overlays/minikube', 'kubectl apply -k overlays/minikube'],
  ['kubectl apply -k manifests/kafka/single', 'kubectl apply -k manifests/kafka/single'],
  ['kubectl hostpath-provisioner volumes', 'kubectl hostpath-provisioner volumes'],
  ['kubectl hostpath-provisioner volumes', 'kubectl hostpath-provisioner nodes'],
] as const;

function typed([first, command]: (typeof session)[number]): Typed {
  const found = pageBlock('README.md', first).find((entry) => entry.command === command);
  if (found === undefined) throw new Error(`the block of README.md that begins with "${first}" lacks: ${command}`);
  return found;
}

/** What docs/pictures/ has, by name. The test of the page writes page.png. */
export const pictures = (): Record<string, string> => ({
  'terminal.svg': terminalPicture(
    'A Kafka gets its two volumes, and one command shows what they use',
    session.map(typed),
  ),
  'way-of-a-claim.svg': wayOfAClaim(),
});
