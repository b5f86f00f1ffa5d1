import { referencePath } from '../reference/build.ts';

/** A provisioner that is measured beside ours. */
export interface Contender {
  /** In the report and for its log. */
  name: string;
  command: string[];
  /**
   * The bench cannot know which rights another one needs, so that one acts as an administrator. An administrator's calls cost
   * the API server less.
   */
  actsAs: 'the daemon' | 'an administrator';
}

/** On the library that most provisioners are made of, without its limits. */
export const reference: Contender = { name: 'reference', command: [referencePath], actsAs: 'the daemon' };

/** What `--peer` asks for. */
export const peerOf = (command: string): Contender => ({
  name: 'peer',
  command: ['sh', '-c', command],
  actsAs: 'an administrator',
});
