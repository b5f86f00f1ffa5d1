import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { humanDuration } from '../../../../src/plugin/output/human-duration.ts';
import { printable, printableJson, printableLines } from '../../../../src/plugin/output/printable.ts';
import { shownSize } from '../../../../src/plugin/output/sizes.ts';
import { yamlText } from '../../../../src/plugin/output/yaml.ts';

describe('A size is shown in units of 1024, with three digits that count, or four', () => {
  test.each([
    [0, '0'],
    [512, '512'],
    [999, '999'],
    [1_023, '1023'],
    [1_024, '1Ki'],
    [10 * 2 ** 30, '10Gi'],
    [12.44 * 2 ** 30, '12.4Gi'],
    [1_023 * 2 ** 20, '1023Mi'],
    [1_023.6 * 2 ** 20, '1Gi'],
    [999.6 * 2 ** 20, '1000Mi'],
    [2 ** 60, '1Ei'],
    [2_048 * 2 ** 60, '2048Ei'],
  ])('%d bytes: %s', (bytes, shown) => {
    expect(shownSize(bytes)).toBe(shown);
  });
});

// The cases of k8s.io/apimachinery, util/duration/duration_test.go, "HumanDuration".
describe('A duration is shown as kubectl shows an age', () => {
  const second = 1_000;
  const minute = 60 * second;
  const hour = 60 * minute;
  const day = 24 * hour;
  const year = 365 * day;
  test.each([
    [second, '1s'],
    [70 * second, '70s'],
    [190 * second, '3m10s'],
    [70 * minute, '70m'],
    [47 * hour, '47h'],
    [49 * hour, '2d1h'],
    [(8 * 24 + 2) * hour, '8d'],
    [367 * day, '367d'],
    [2 * year + 25 * hour, '2y1d'],
    [8 * year + 2 * hour, '8y'],
    [2 * hour + 6 * second, '120m'],
    [3 * hour, '3h'],
    [-second, '0s'],
  ])('%d ms: %s', (ms, shown) => {
    expect(humanDuration(ms)).toBe(shown);
  });
});

describe('Characters that command a terminal, or change the order of a text, are escaped', () => {
  test.each([
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\nb\tc\rd', 'a\\u000ab\\u0009c\\u000dd'],
    ['\u009b2J', '\\u009b2J'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['\ud800', '\\ud800'],
    ['Größe ✓ 日本', 'Größe ✓ 日本'],
  ])('%j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('and line feeds are kept where there are several lines', () => {
    expect(printableLines('one\ntwo\u0007')).toBe('one\ntwo\\u0007');
  });

  test('in JSON, which is still the same document', () => {
    const document = { message: 'a\u001b\u009b\u202e"\\\n', more: ['é'] };
    const text = printableJson(document);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
    expect(JSON.parse(text)).toEqual(document);
  });

  test('in YAML, where the escape stands in the text', () => {
    const text = yamlText({ items: [{ name: '\u202ea', size: 5, more: undefined }] });
    expect(text).not.toMatch(/\u202e/);
    expect(load(text)).toEqual({ items: [{ name: '\\u202ea', size: 5 }] });
  });
});
