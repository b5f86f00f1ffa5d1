import { test as base, expect } from 'vitest';
import { describeUnless } from '../support/describe-unless.ts';
import { mountPoint, type QuotaFileSystem, QuotaMachine, quotaFileSystems } from './machine/quota-machine.ts';
import { obstacles } from './obstacles.ts';

const program = (name: string): string => `/project/test/disks/machine/${name}.ts`;

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('machine', { scope: 'file' }, async ({}, { onCleanup }) => {
    const machine = await QuotaMachine.boot();
    onCleanup(() => machine[Symbol.asyncDispose]());
    return machine;
  })
  // Both at the same time: the machine has two processors.
  .extend('checked', { scope: 'file' }, async ({ machine }) => {
    await machine.run(
      onEach((point) => {
        const report = `/tmp/$(basename ${point})`;
        return `status=0; node ${program('quota-check')} ${point} >${report} 2>&1 || status=$?; echo "exit status $status" >>${report}`;
      }),
    );
    return machine;
  });

const onEach = (command: (point: string) => string): string =>
  quotaFileSystems.map((kind) => `{ ${command(mountPoint(kind))}; } & pids="$pids $!"`).join('\n') +
  '\nfor pid in $pids; do wait $pid; done';

/** Does a step of power-cut-steps.ts on each file system, and lets the power go when it is over. */
async function stepAndCut(machine: QuotaMachine, step: 'make' | 'grow'): Promise<void> {
  await machine.run(onEach((point) => `node ${program('power-cut-steps')} ${step} ${point}`));
  await machine.cutPower();
  await machine.mount();
}

/** Sizes of the two volumes of power-cut-steps.ts: what their records have, and what their directories show. */
async function sizes(machine: QuotaMachine, kind: QuotaFileSystem) {
  const base = `${mountPoint(kind)}/power-cut`;
  const volumes = [1, 2].map((number) => `pvc-00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);
  return Promise.all(
    volumes.map(async (volume) => {
      const record = JSON.parse(await machine.run(`cat ${base}/.hostpath-provisioner/volumes/${volume}*`));
      const [blocks, bytes] = (await machine.run(`stat --file-system --format='%b %S' ${base}/${volume}`)).split(' ');
      const directoryMiB = (Number(blocks) * Number(bytes)) / 2 ** 20;
      return { capacity: record.template.capacity, recordMiB: record.quota.bytes / 2 ** 20, directoryMiB };
    }),
  );
}

const slow = 600_000; // where the machine's image has to be made first, and where there is no KVM

describeUnless('disks', obstacles())('project quotas', () => {
  test.for(quotaFileSystems)('hold what the daemon promises, on %s', { timeout: slow }, async (kind, { checked }) => {
    const lines = (await checked.run(`cat /tmp/${kind}`)).trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('ok '))).toEqual(['exit status 0']);
    expect(lines.length).toBeGreaterThan(5);
  });

  test('survive a power cut with the record, and so do larger ones', { timeout: slow }, async ({
    checked: machine,
  }) => {
    const made = { capacity: '20Mi', recordMiB: 20, directoryMiB: 20 };
    await stepAndCut(machine, 'make');
    expect.soft(await sizes(machine, 'xfs')).toEqual([made, made]);
    expect.soft(await sizes(machine, 'ext4')).toEqual([made, made]);

    const grown = { capacity: '40Mi', recordMiB: 40, directoryMiB: 40 };
    await stepAndCut(machine, 'grow');
    // Of the other volume only the limit was set. On XFS an fsync of its directory does not keep that: the record's does, and so
    // does XFS by itself, half a minute later.
    const [first, other] = await sizes(machine, 'xfs');
    expect.soft(first).toEqual(grown);
    expect.soft({ ...other, directoryMiB: 20 }).toEqual(made);
    expect.soft(other?.directoryMiB).toBeOneOf([20, 40]);
    expect.soft(await sizes(machine, 'ext4')).toEqual([grown, { ...made, directoryMiB: 40 }]);
  });

  test('are missed where the file system is mounted without them', { timeout: slow }, async ({ checked: machine }) => {
    await machine.run('umount /mnt/xfs && mount -o noquota /dev/vdc /mnt/xfs');
    const check = machine.run(`node ${program('quota-check')} /mnt/xfs`);
    await expect(check).rejects.toThrow(/not ok the file system can hold limits: .*prjquota/);
  });
});
