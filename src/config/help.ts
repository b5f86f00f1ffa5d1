import { type Options, options } from './options.ts';

/** The help text of the daemon. */
export function helpText(): string {
  return `hostpath-provisioner: dynamic hostPath volumes for the node that it runs on

Usage: hostpath-provisioner --node-name NAME [options]
       hostpath-provisioner trash --help      lists directories that can be restored
       hostpath-provisioner restore --help    restores the volume of such a directory
       hostpath-provisioner status --help     prints what the daemon of this pod knows

${optionRows(options)}
`;
}

/** The part of a help text that lists the options. */
export function optionRows(table: Options): string {
  const rows = Object.entries(table).map(([name, option]) => {
    const note = [
      ...(option.env === undefined ? [] : [`env ${option.env}`]),
      ...(option.default === undefined ? [] : [`default ${option.default}`]),
    ];
    const first = `  --${`${name} ${option.value}`.padEnd(26)}${option.text}`;
    return note.length === 0 ? first : `${first}\n${' '.repeat(30)}(${note.join(', ')})`;
  });
  return [...rows, `  --${'help'.padEnd(26)}shows this text`].join('\n');
}
