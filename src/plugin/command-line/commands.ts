import { commonFlags, type FlagName } from './flags.ts';

export interface CommandForm {
  summary: string;
  /** Its argument in the help text. It has to be given. */
  argument?: string;
  flags: readonly FlagName[];
  /** A flag that has to be given. */
  needs?: FlagName;
  example: string;
}

const listFlags: readonly FlagName[] = ['node', 'output', 'no-headers', 'sort-by', 'color'];
const claimFlags: readonly FlagName[] = ['namespace', 'all-namespaces'];

export const commands = {
  volumes: {
    summary: 'lists claims with their volumes: status, node, size, use, pods',
    flags: [...claimFlags, 'selector', ...listFlags],
    example: 'volumes -A --sort-by used',
  },
  nodes: {
    summary: 'lists the base directories of all nodes: health, free space, what is promised',
    flags: listFlags,
    example: 'nodes -o wide',
  },
  trash: {
    summary: 'lists deleted volumes that can be restored or are being erased',
    flags: [...claimFlags, ...listFlags],
    example: 'trash -n kafka',
  },
  orphans: {
    summary: 'lists directories without a volume of this cluster: orphans, and those of other clusters',
    flags: listFlags,
    example: 'orphans --node node-1',
  },
  where: {
    summary: 'prints the node and the directory of a volume',
    argument: '[NAMESPACE/]CLAIM | VOLUME',
    flags: ['namespace'],
    example: 'where kafka/data-0-kafka-0',
  },
  restore: {
    summary: 'restores a deleted volume for a claim, on whichever node it is',
    argument: 'VOLUME',
    flags: ['claim', 'node'],
    needs: 'claim',
    example: 'restore pvc-c5a8fe30-96d4-4a0c-9f0d-c8f6a9a1d1a2 --claim kafka/data-0-kafka-0',
  },
  doctor: {
    summary: 'finds what is wrong, with the command that mends it; exit status 1 if something fails',
    flags: ['output', 'color'],
    example: 'doctor',
  },
  ui: {
    summary: 'serves a page that shows what is wrong, nodes, volumes and trash, to a browser on this machine',
    flags: ['namespace', 'port'],
    example: 'ui --port 8765',
  },
  version: {
    summary: 'prints the versions of the plugin and of the daemons',
    flags: [],
    example: 'version',
  },
} satisfies Record<string, CommandForm>;

export type CommandName = keyof typeof commands;

export const commandNames = Object.keys(commands) as CommandName[];

export const formOf = (name: CommandName): CommandForm => commands[name];

export const flagsOf = (name: CommandName): readonly FlagName[] => [...formOf(name).flags, ...commonFlags];
