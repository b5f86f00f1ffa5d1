import { getAttribute, listAttributes, setAttribute, setTimes } from '../native/attributes.ts';
import { cloneContent, close, copyRange, openAt, seekToData, seekToHole, syncFileSystem } from '../native/copy.ts';

/** The system calls of a faithful copy that Node lacks. What a file system cannot do differs, and tests take single ones away. */
export const copyCalls = {
  openAt,
  close,
  cloneContent,
  copyRange,
  seekToData,
  seekToHole,
  syncFileSystem,
  listAttributes,
  getAttribute,
  setAttribute,
  setTimes,
};

export type CopyCalls = typeof copyCalls;
