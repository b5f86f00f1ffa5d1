import { expect, test } from 'vitest';
import { licencesOf } from '../../scripts/licences.ts';

test('The licences of bundled packages have a name, a version and their text, in order', () => {
  const text = licencesOf(['node_modules/uuid', 'node_modules/@kubernetes/client-node']);
  const heads = [...text.matchAll(/^=+\n(\S+) \S+: (\S+)$/gm)].map(([, name, licence]) => [name, licence]);
  expect(heads).toEqual([
    ['@kubernetes/client-node', 'Apache-2.0'],
    ['uuid', 'MIT'],
  ]);
  expect(text).toContain('Permission is hereby granted, free of charge');
});
