import { pageBlock, pageCommand, type Typed } from './documents.ts';

/** The commands of the block of README.md that begins with this one, for a test that types them all. */
export const readmeBlock = (first: string): Typed[] => pageBlock('README.md', first);

/** A command that README.md has, alone or joined to others by `&&`, for a test that types it. */
export const readmeCommand = (command: string): string => pageCommand('README.md', command);
