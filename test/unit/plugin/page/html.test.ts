import fc from 'fast-check';
import { expect, test } from 'vitest';
import { html } from '../../../../src/plugin/page/html.ts';

test('text is escaped, in content and in attributes', () => {
  const text = `<script>alert("1")</script> & 'it'`;
  const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;it&#39;';
  expect(html`<b title="${text}">${text}</b>`.text).toBe(`<b title="${escaped}">${escaped}</b>`);
});

test('templates in templates, and lists of them, are markup', () => {
  const items = ['a', '<'].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${items}</ul>`.text).toBe('<ul><li>a</li><li>&lt;</li></ul>');
});

test('nothing is shown for undefined, and numbers are shown as they are', () => {
  expect(html`<p>${undefined}${0}</p>`.text).toBe('<p>0</p>');
});

test('an object that only looks like a template is not one', () => {
  const forged = { text: '<script>' } as unknown as string;
  expect(() => html`${forged}`).toThrow();
});

test('line breaks of the template are left out, and those of its values are shown', () => {
  expect(
    html`
    <p>
      ${'a\nb'}
    </p>`.text,
  ).toBe('<p>a\\u000ab</p>');
});

test.each([
  ['turns the text around', 'gnp\u202etxt'],
  ['does not show', 'a\u200bb'],
  ['commands a terminal that the text is copied to', 'a\u001b[2Jb'],
])('a character that %s is made visible', (_, text) => {
  expect(html`${text}`.text).toMatch(/^\w+\\u[0-9a-f]{4}[\w[]+$/);
});

test('no value can end its attribute or begin an element', () => {
  const anyText = fc.string({ unit: fc.constantFrom(...`<>"'&;=/ a#\u0000\u202e`) });
  fc.assert(
    fc.property(anyText, (text) => {
      const { text: written } = html`${text}`;
      expect(written).not.toMatch(/[<>"']/);
      expect(written).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/);
    }),
  );
});
