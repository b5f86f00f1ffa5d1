import { type CommandName, commandNames, flagsOf, formOf } from './commands.ts';
import { type Flag, flags } from './flags.ts';

const program = 'kubectl hostpath-provisioner';
const column = 32;

export const helpFor = (about: CommandName | 'all'): string => (about === 'all' ? helpForAll() : helpForCommand(about));

function helpForAll(): string {
  const rows = commandNames.map((name) => `  ${name.padEnd(12)}${formOf(name).summary}`);
  return `${program}: shows the volumes, nodes and deleted volumes of hostpath-provisioner

Usage: ${program} COMMAND [flags]

${rows.join('\n')}

"${program} COMMAND --help" lists the flags of a command.
`;
}

function helpForCommand(name: CommandName): string {
  const { summary, argument, example } = formOf(name);
  return `${program} ${name}: ${summary}

Usage: ${program} ${name}${argument === undefined ? '' : ` ${argument}`} [flags]

${flagsOf(name).map(flagRow).join('\n')}

Example: ${program} ${example}
`;
}

function flagRow(name: keyof typeof flags): string {
  const { short, value, text }: Flag = flags[name];
  const names = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
  return `  ${names.padEnd(column)}  ${text}`;
}
