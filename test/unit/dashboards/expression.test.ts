import { describe, expect, test } from 'vitest';
import { readExpression } from '../../support/prometheus/expression.ts';

const series = new Map([
  ['free', new Set(['node', 'pool'])],
  ['size', new Set(['node', 'pool'])],
  ['depth', new Set(['node'])],
  ['seconds_bucket', new Set(['class', 'le', 'node'])],
]);

describe('The labels of an expression are those that Prometheus would give it', () => {
  test.each([
    ['free', ['node', 'pool']],
    ['free{pool="ssd"} / size > 0.1', ['node', 'pool']],
    ['sum by (node) (rate(free[5m]))', ['node']],
    ['min without (pool) (free)', ['node']],
    ['sum(free)', []],
    ['topk(20, free)', ['node', 'pool']],
    ['free and on (node) depth > 0', ['node', 'pool']],
    ['depth * on (node) group_left (pool) max by (node, pool) (free)', ['node', 'pool']],
    ['free or depth', ['node', 'pool']],
    ['count(free) or vector(0)', []],
    ['2 * 3 * sum by (pool) (free)', ['pool']],
    ['histogram_quantile(0.95, sum by (le, class) (rate(seconds_bucket[5m])))', ['class']],
    ['label_replace(depth, "host", "$1", "node", "(.+)")', ['host', 'node']],
  ])('%s', (expr, labels) => {
    const read = readExpression(expr, series);
    expect([...read.labels].sort()).toEqual(labels);
    expect(read.problems).toEqual([]);
  });
});

describe('An expression has a problem that', () => {
  test.each([
    ['is no PromQL', 'free / ', 'is no PromQL'],
    ['reads what nothing serves', 'used > 0', 'nothing serves used'],
    ['selects by a label that is not there', 'depth{pool="ssd"}', 'depth has no label pool'],
    ['groups by a label that is not there', 'sum by (pool) (depth)', 'has no label pool'],
    ['groups by a label that was summed away', 'sum by (pool) (sum by (node) (free))', 'has no label pool'],
    ['matches by a label that one side lacks', 'free and on (pool) depth', 'has no label pool'],
    ['takes over a label that is not there', 'free * on (node) group_left (zone) depth', 'has no label zone'],
    ['joins series with other labels', 'free / depth', 'joins series that differ in pool'],
    ['estimates from what is no histogram', 'histogram_quantile(0.95, free)', 'has no label le'],
    ['copies a label that is not there', 'label_replace(depth, "a", "$1", "pool", "(.+)")', 'has no label pool'],
  ])('%s', (_, expr, problem) => {
    expect(readExpression(expr, series).problems.join('\n')).toContain(problem);
  });
});
