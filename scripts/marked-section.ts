/**
 * Replaces what stands between the markers `<!-- NAME -->` and `<!-- /NAME -->`, which stay.
 * @throws {Error} unless both are there once, in this order
 */
export function replaceSection(document: string, name: string, content: string): string {
  const [before, inside, ...others] = document.split(`<!-- ${name} -->\n`);
  const [old, after, ...more] = (inside ?? '').split(`<!-- /${name} -->`);
  if (old === undefined || after === undefined || others.length > 0 || more.length > 0) {
    throw new Error(`the document needs the markers <!-- ${name} --> and <!-- /${name} --> once, in this order`);
  }
  return `${before}<!-- ${name} -->\n${content.trimEnd()}\n<!-- /${name} -->${after}`;
}
