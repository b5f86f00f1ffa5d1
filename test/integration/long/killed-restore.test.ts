import { expect } from 'vitest';
import { test } from '../../support/integration.ts';
import { keepingClass, removedVolume, restore, untilBoundAgain } from '../restoring.ts';

test('restore that is killed before any of its steps, is finished when it is run again, beside the daemon', {
  timeout: 360_000,
}, async ({ cluster }) => {
  const className = await keepingClass(cluster);
  await cluster.startDaemon();
  const restored: string[] = [];
  let killed: boolean;
  do {
    const claim = `data-${restored.length}`;
    const { name, file, content } = await removedVolume(cluster, claim, className);
    const { signal } = await restore(cluster, name, claim, { killAt: restored.length });
    killed = signal === 'SIGKILL';
    expect(await restore(cluster, name, claim)).toMatchObject({ code: 0, stderr: '' });
    expect(await cluster.readFile(file)).toBe(content);
    restored.push(name);
  } while (killed);
  // Nine changes of the file system and three lines of output, at the least.
  expect(restored.length).toBeGreaterThan(12);
  await Promise.all(restored.map((name, step) => untilBoundAgain(cluster, `data-${step}`, className, name)));
  expect(await cluster.directories()).toEqual([...restored].sort());
  expect(await cluster.journal('trash')).toEqual([]);
});
