import { expect, test } from 'vitest';
import { chartValues, valuesTable } from '../../../scripts/chart/values-table.ts';

const yaml = `# With these values, the chart does something.

# The image.
image:
  repository: a # its name
  tag: "" # empty: the version

# A directory, which may
# be changed.
path: /tmp

monitoring:
  rules:
    enabled: false # a PrometheusRule

classes:
  - name: one # not read
    default: false
`;

test('A value has the comment above it or behind it, and its default', () => {
  expect(chartValues(yaml)).toEqual([
    { name: 'image', default: undefined, text: 'The image.' },
    { name: 'image.repository', default: '"a"', text: 'its name' },
    { name: 'image.tag', default: '""', text: 'empty: the version' },
    { name: 'path', default: '"/tmp"', text: 'A directory, which may be changed.' },
    { name: 'monitoring.rules.enabled', default: 'false', text: 'a PrometheusRule' },
    { name: 'classes', default: '[{"name":"one","default":false}]', text: '' },
  ]);
});

test('The table keeps a bar of a text in its cell', () => {
  expect(valuesTable([{ name: 'a', default: '"b"', text: 'x | y' }])).toBe(
    '| value | default | meaning |\n|---|---|---|\n| `a` | `"b"` | x \\| y |',
  );
});
