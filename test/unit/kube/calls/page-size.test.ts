import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PageSize } from '../../../../src/kube/calls/page-size.ts';

const kibibyte = 1024;
const longestPageBytes = 4 * 1024 * kibibyte;

/** What the pages of a list of these objects are, by the rules of a list: a page that is too long is asked for again. */
function pagesOf(objectBytes: number[]): { objects: number; bytes: number }[] {
  const size = new PageSize();
  const pages = [];
  for (let from = 0; from < objectBytes.length; ) {
    const page = objectBytes.slice(from, from + size.objects);
    const bytes = page.reduce((sum, length) => sum + length, 0);
    if (bytes > (size.longestBytes ?? Number.POSITIVE_INFINITY)) {
      size.shrink();
      continue;
    }
    from += page.length;
    size.came({ objects: page.length, bytes });
    pages.push({ objects: page.length, bytes });
  }
  return pages;
}

test('20,000 small objects take two pages more than the fewest', () => {
  expect(pagesOf(Array(20_000).fill(2 * kibibyte))).toHaveLength(20_000 / 500 + 2);
});

test('whatever the objects are, every list ends, and no page of several is too long', () => {
  const objects = fc.array(fc.integer({ min: 100, max: 3_000 * kibibyte }), { maxLength: 700 });
  fc.assert(
    fc.property(objects, (objectBytes) => {
      const pages = pagesOf(objectBytes);
      expect(pages.reduce((sum, { objects }) => sum + objects, 0)).toBe(objectBytes.length);
      for (const { objects, bytes } of pages) if (objects > 1) expect(bytes).toBeLessThanOrEqual(longestPageBytes);
    }),
  );
});
