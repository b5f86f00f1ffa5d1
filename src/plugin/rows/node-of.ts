import type { Volume } from '../../model/volume.ts';

/** Name of the node that a volume lies on. Its label has a hash of a long name, so the annotation counts first. */
export const nodeOf = ({ identity, nodeLabel }: Pick<Volume, 'identity' | 'nodeLabel'>): string | undefined =>
  identity ?? nodeLabel;
