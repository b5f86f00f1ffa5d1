import { crc32 } from 'node:zlib';

const keyword = 'Comment';
/** Signature, and the chunk IHDR, which has to be the first. */
const headLength = 8 + 25;

/** A PNG with a text in it (chunk `tEXt`, https://www.w3.org/TR/png-3/#11tEXt). @param note in Latin-1 */
export function withNote(png: Buffer, note: string): Buffer {
  const content = Buffer.from(`tEXt${keyword}\0${note}`, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length - 4);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  return Buffer.concat([png.subarray(0, headLength), length, content, sum, png.subarray(headLength)]);
}

/** The first text that `withNote` has put into a PNG; undefined if there is none. */
export function readNote(png: Buffer): string | undefined {
  const start = `tEXt${keyword}\0`;
  const found = png.indexOf(start, headLength, 'latin1');
  if (found < 0) return undefined;
  const length = png.readUInt32BE(found - 4);
  return png.toString('latin1', found + start.length, found + 4 + length);
}
