import { expect, test } from 'vitest';
import { element, pathThrough, textElement } from '../../../bench/plots/svg.ts';

test('text and attributes cannot end the element that they are in', () => {
  expect(textElement('a < b & "c" > d', { class: '"><script>' })).toBe(
    '<text class="&quot;&gt;&lt;script&gt;">a &lt; b &amp; &quot;c&quot; &gt; d</text>',
  );
});

test('numbers are rounded to a tenth', () => {
  expect(element('circle', { cx: 1 / 3, r: 2 })).toBe('<circle cx="0.3" r="2"/>');
  expect(
    pathThrough([
      [0, 1.25],
      [2, 10.04],
    ]),
  ).toBe('M0 1.3L2 10');
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is not drawn', (value) => {
  expect(() => element('circle', { cx: value })).toThrow('cx cannot be drawn');
  expect(() => pathThrough([[0, value]])).toThrow(RangeError);
});
