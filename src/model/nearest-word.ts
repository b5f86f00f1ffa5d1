/** The word that a user probably meant: the one that `written` abbreviates, or the most similar one. */
export function nearestWord(written: string, words: readonly string[]): string | undefined {
  const abbreviated = words.filter((word) => written.length > 2 && word.startsWith(written));
  if (abbreviated.length === 1) return abbreviated[0];
  const distances = words.map((word) => ({ word, distance: editDistance(written, word) }));
  const [nearest] = distances.toSorted((one, other) => one.distance - other.distance);
  return nearest !== undefined && nearest.distance <= written.length / 3 ? nearest.word : undefined;
}

/** How many letters to insert, remove or change to turn one word into the other (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [column, otherLetter] of [...other].entries()) {
      const changed = (row[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
