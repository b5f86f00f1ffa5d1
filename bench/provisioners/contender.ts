import { referencePath } from '../reference/build.ts';

/** A provisioner that is measured beside ours. */
export interface Contender {
  /** In the report and for its log. */
  name: string;
  /** What is run. Where it is to work is also in its environment, see `environmentOf`. */
  command(place: Place): string[];
  /** Which rights another one needs, we cannot know: it gets all. An administrator's calls cost the API server less. */
  actsAs: 'the daemon' | 'an administrator';
}

/** Where a contender is to work. */
export interface Place {
  kubeconfigPath: string;
  nodeName: string;
  baseDirectory: string;
  provisionerName: string;
}

/** What a peer's command is told. */
export const environmentOf = (place: Place): Record<string, string> => ({
  KUBECONFIG: place.kubeconfigPath,
  NODE_NAME: place.nodeName,
  BASE_DIRECTORY: place.baseDirectory,
  PROVISIONER_NAME: place.provisionerName,
});

const referenceCommand = (place: Place): string[] => [
  referencePath,
  `--kubeconfig=${place.kubeconfigPath}`,
  `--node-name=${place.nodeName}`,
  `--base-directory=${place.baseDirectory}`,
  `--provisioner-name=${place.provisionerName}`,
];

/** The reference with the limits of client-go and of its library: 5 requests a second after the first 10, and 4 workers. */
export const referenceAsShipped: Contender = {
  name: 'reference as shipped',
  command: referenceCommand,
  actsAs: 'the daemon',
};

/** The reference without limits and with 100 workers. */
export const reference: Contender = {
  name: 'reference',
  command: (place) => [...referenceCommand(place), '--unthrottled'],
  actsAs: 'the daemon',
};

/** What `--peer` asks for. */
export const peerOf = (command: string): Contender => ({
  name: 'peer',
  command: () => ['sh', '-c', command],
  actsAs: 'an administrator',
});
