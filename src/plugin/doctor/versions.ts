/** The newest of some versions, such as `1.10.0` of `1.9.2` and `1.10.0`; undefined if there is none. */
export const newest = (versions: readonly string[]): string | undefined => versions.toSorted(compare).at(-1);

/** A version before a release, such as `1.0.0-rc.1`, is older than the release. */
function compare(one: string, other: string): number {
  const [oneRelease = '', onePre] = one.split('-', 2);
  const [otherRelease = '', otherPre] = other.split('-', 2);
  const byRelease = oneRelease.localeCompare(otherRelease, 'en', { numeric: true });
  if (byRelease !== 0 || onePre === otherPre) return byRelease;
  if (onePre === undefined) return 1;
  return otherPre === undefined ? -1 : onePre.localeCompare(otherPre, 'en', { numeric: true });
}
