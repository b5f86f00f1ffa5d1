import { expect, test } from 'vitest';
import { EventGate, type Output } from '../../faults/proxy/event-gate.ts';
import type { WatchFault } from '../../faults/proxy/faults.ts';

/** Events by name, each about the object that its first letter names, with what is done to it. */
type Script = [event: string, fault: WatchFault['do']][];

function told(script: Script): { told: string[]; keepsBack: boolean } {
  const gate = new EventGate();
  const outputs = script.flatMap(([name, fault]) =>
    gate.take({ bytes: Buffer.from(name), uid: name.slice(0, 1) }, { do: fault }),
  );
  return { told: outputs.map(word), keepsBack: gate.keepsBack };
}

const word = (output: Output): string =>
  output.do === 'send' ? `${output.bytes}` : 'bytes' in output ? `${output.do} ${output.bytes}` : output.do;

test.for<[what: string, script: Script, told: string[], keepsBack: boolean]>([
  [
    'events pass',
    [
      ['a', 'pass'],
      ['b', 'pass'],
    ],
    ['a', 'b'],
    false,
  ],
  ['a release without a hold passes', [['a', 'release']], ['a'], false],
  [
    'what is held waits',
    [
      ['a', 'pass'],
      ['b', 'hold'],
      ['c', 'pass'],
    ],
    ['a'],
    true,
  ],
  [
    'a hold within a hold changes nothing',
    [
      ['a', 'hold'],
      ['b', 'hold'],
      ['c', 'release'],
    ],
    ['a', 'b', 'c'],
    false,
  ],
  [
    'harm to an event that is held is done in its turn',
    [
      ['a', 'hold'],
      ['b', 'expire'],
      ['c', 'release'],
    ],
    ['a', 'expire', 'c'],
    false,
  ],
  [
    'a swallowed event that is held gives its bookmark in its turn',
    [
      ['a', 'hold'],
      ['b', 'bookmarkOnly'],
      ['c', 'release'],
    ],
    ['a', 'bookmark b', 'c'],
    false,
  ],
  [
    'two change places',
    [
      ['a', 'reorder'],
      ['b', 'pass'],
      ['c', 'pass'],
    ],
    ['b', 'a', 'c'],
    false,
  ],
  [
    'only two change places at a time',
    [
      ['a', 'reorder'],
      ['b', 'reorder'],
      ['c', 'pass'],
    ],
    ['b', 'a', 'c'],
    false,
  ],
  ['one that is to be overtaken waits', [['a', 'reorder']], [], true],
  [
    'two change places while they are held',
    [
      ['a', 'hold'],
      ['b', 'reorder'],
      ['c', 'pass'],
      ['d', 'release'],
    ],
    ['a', 'c', 'b', 'd'],
    false,
  ],
  [
    'the one that is overtaken comes after a bookmark',
    [
      ['a', 'reorder'],
      ['b', 'bookmarkOnly'],
    ],
    ['bookmark b', 'a'],
    false,
  ],
  [
    'a skipped event never comes',
    [
      ['a1', 'skipUntilNext'],
      ['b', 'pass'],
      ['a2', 'pass'],
    ],
    ['b', 'a2'],
    false,
  ],
  [
    'it is missing until there is a later one',
    [
      ['a1', 'skipUntilNext'],
      ['b', 'pass'],
    ],
    ['b'],
    true,
  ],
  [
    'two may be skipped on end',
    [
      ['a1', 'skipUntilNext'],
      ['a2', 'skipUntilNext'],
      ['a3', 'pass'],
    ],
    ['a3'],
    false,
  ],
  ['an event is cut', [['a', 'cutWithinLine']], ['cut a'], false],
  ['a watch stalls', [['a', 'stall']], ['stall'], false],
])('%s', ([, script, expected, keepsBack]) => {
  expect(told(script)).toEqual({ told: expected, keepsBack });
});
