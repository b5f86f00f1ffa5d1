import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineDecoder, LineTooLongError } from '../../../../src/kube/watch/line-decoder.ts';

function decode(chunks: Buffer[], longestBytes = 1_000): string[] {
  const decoder = new LineDecoder(longestBytes);
  return chunks.flatMap((chunk) => [...decoder.push(chunk)]);
}

/** Cuts the bytes at these places. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

describe('LineDecoder', () => {
  test('however a stream is cut into chunks, the same objects come out', () => {
    const objects = fc.array(fc.object({ values: [fc.string({ unit: 'binary' }), fc.double(), fc.boolean()] }));
    fc.assert(
      fc.property(objects, fc.array(fc.nat()), (sent, places) => {
        const stream = Buffer.from(sent.map((object) => `${JSON.stringify(object)}\n`).join(''));
        const received = decode(cut(stream, places), stream.length).map((line) => JSON.parse(line));
        expect(received).toEqual(sent.map((object) => JSON.parse(JSON.stringify(object))));
      }),
    );
  });

  test('a line without its end is kept back, and empty lines are passed over', () => {
    expect(decode([Buffer.from('\n\none\n\ntw')])).toEqual(['one']);
  });

  test('a line that is too long is refused before it ends', () => {
    expect(() => decode([Buffer.from('12345678'), Buffer.from('901')], 10)).toThrow(LineTooLongError);
  });

  test('many lines may be longer together than one may be', () => {
    expect(decode([Buffer.from('1234\n1234\n12'), Buffer.from('34\n1234\n')], 5)).toHaveLength(4);
  });
});
