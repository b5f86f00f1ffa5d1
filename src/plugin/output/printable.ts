/** Control and format characters, lone surrogates among them: a terminal may obey them, or show the text in another order. */
const unprintable = /[\p{C}\u2028\u2029]/gu;

/** The text with such characters as `\u001b`, so that a name or a message from the cluster cannot command the terminal. */
export const printable = (text: string): string => text.replaceAll(unprintable, escaped);

/** The same for a text of several lines. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** The escapes mean the same in JSON, whose text has such characters only within strings. */
export const printableJson = (document: unknown): string => printableLines(JSON.stringify(document, undefined, 2));

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
