import { describe, expect, test } from 'vitest';
import {
  type Acknowledgement,
  longestPauseMs,
  lost,
  messagesByPartition,
  readLine,
} from '../../kafka/acknowledgements.ts';

const acknowledged = (value: string, changes: Partial<Acknowledgement> = {}): Acknowledgement => ({
  value,
  partition: 0,
  offset: 0,
  timestamp: 0,
  ...changes,
});

const success =
  '{"timestamp":1700000000005,"name":"producer_send_success","key":"1","value":"3.17","topic":"t","partition":1,"offset":8}';

describe('A line of the producer', () => {
  test.each([
    [
      'an acknowledgement',
      success,
      { acknowledgement: { value: '3.17', partition: 1, offset: 8, timestamp: 1700000000005 } },
    ],
    ['its end', '{"timestamp":1,"name":"tool_data","sent":9,"acked":7}', { summary: { acked: 7 } }],
    ['a failure', '{"timestamp":1,"name":"producer_send_error","value":"3.18","exception":"class E"}', undefined],
    ['its start', '{"timestamp":1,"name":"startup_complete"}', undefined],
    ['a complaint of its logger', 'ERROR nobody is there', undefined],
  ])('tells of %s', (_, line, told) => {
    expect(readLine(line)).toEqual(told);
  });
});

describe('What was acknowledged', () => {
  test('is lost when it is not read', () => {
    const all = ['1.0', '1.1', '1.2'].map((value) => acknowledged(value));
    expect(lost(all, ['1.2', '1.0'])).toEqual(['1.1']);
    expect(lost(all, [])).toEqual(['1.0', '1.1', '1.2']);
  });

  test('is not lost when it is read, more than once and among others', () => {
    expect(lost([acknowledged('1.0')], ['1.0', '1.0', '1.1'])).toEqual([]);
  });

  test('is looked for in each partition up to the last offset', () => {
    const all = [
      acknowledged('1.0', { partition: 0, offset: 4 }),
      acknowledged('1.1', { partition: 1, offset: 0 }),
      acknowledged('1.2', { partition: 0, offset: 2 }),
    ];
    expect([...messagesByPartition(all)]).toEqual([
      [0, 5],
      [1, 1],
    ]);
  });
});

describe('The longest pause', () => {
  test.each([
    ['between two that follow each other, in whatever order they were told', [10, 400, 30, 410], 370],
    ['none, when there is only one', [10], 0],
    ['none, when there is none', [], 0],
  ])('is %s', (_, timestamps, pauseMs) => {
    expect(longestPauseMs(timestamps.map((timestamp) => acknowledged('1.0', { timestamp })))).toBe(pauseMs);
  });
});
