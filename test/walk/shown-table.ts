/** The rows of a table as kubectl prints it, each by the names of its columns; columns of these names are left out. */
export function rowsOf(text: string, without: readonly string[]): Record<string, string>[] {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const columns = [...header.matchAll(/\S+(?: \S+)*/g)].map(({ 0: name, index }) => ({ name, index }));
  return lines.map((line) =>
    Object.fromEntries(
      columns
        .map(({ name, index }, at) => [name, line.slice(index, columns[at + 1]?.index).trim()] as const)
        .filter(([name]) => !without.includes(name)),
    ),
  );
}
