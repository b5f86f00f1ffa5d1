import { test as base, expect } from 'vitest';
import { documentedCommands } from '../install/documented.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { QuotaMachine } from './machine/quota-machine.ts';
import { obstacles } from './obstacles.ts';

const pool = '/var/lib/hostpath-provisioner';
const image = '/var/lib/hostpath-pool.xfs';
const gibibyte = 2 ** 30;

/** In place of kubelet: it notes what is mounted at the base directory when it starts. */
const kubelet = `
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'findmnt --noheadings --output FSTYPE,OPTIONS ${pool} >/var/lib/seen-by-kubelet || echo nothing >/var/lib/seen-by-kubelet'
[Install]
WantedBy=multi-user.target
`;

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('machine', { scope: 'file' }, async ({}, { onCleanup }) => {
    const machine = await QuotaMachine.bootSystemd();
    onCleanup(() => machine[Symbol.asyncDispose]());
    await machine.run(
      `echo '${Buffer.from(kubelet).toString('base64')}' | base64 -d >/etc/systemd/system/kubelet.service`,
    );
    await machine.run('systemctl enable kubelet.service');
    await machine.run(documentedCommands('disk-image.md', 'Five commands').join('\n'));
    return machine;
  });

/** What kubelet saw at the next start, after a power cut. */
async function seenByKubelet(machine: QuotaMachine): Promise<string> {
  await machine.run('rm -f /var/lib/seen-by-kubelet && sync');
  await machine.cutPower();
  await machine.run('systemctl is-system-running --wait || true');
  return machine.run('cat /var/lib/seen-by-kubelet');
}

const bytesOf = async (machine: QuotaMachine, what: string): Promise<number> => Number(await machine.run(what));

const slow = { timeout: 600_000 }; // where the machine's image has to be made first, and where there is no KVM

describeUnless('disks', obstacles())('a pool in a file, by the commands of disk-image.md', () => {
  test('holds limits', slow, async ({ machine }) => {
    expect(await machine.run(documentedCommands('disk-image.md', 'Look at it').join('\n'))).toMatch(
      /Active: active[\s\S]*Enforcement: ON/,
    );
    await machine.run(`
      mkdir ${pool}/limited
      xfs_quota -x -c 'project -s -p ${pool}/limited 42' -c 'limit -p bhard=10m 42' ${pool}`);
    const write = machine.run(`dd if=/dev/zero of=${pool}/limited/data bs=1M count=11`);
    await expect(write).rejects.toThrow('No space left on device');
    await machine.run(`dd if=/dev/zero of=${pool}/data bs=1M count=11`);
  });

  test('gives the space of what was deleted back to the host', slow, async ({ machine }) => {
    const allocated = `stat --format='%b' ${image}`;
    await machine.run(`sync --file-system ${pool}`);
    const before = await bytesOf(machine, allocated);
    await machine.run(`dd if=/dev/urandom of=${pool}/large bs=1M count=64 conv=fsync`);
    expect(await bytesOf(machine, allocated)).toBeGreaterThan(before);
    await machine.run(`
      rm ${pool}/large
      until [ "$(${allocated})" -le ${before} ]; do sync --file-system ${pool}; sleep 0.2; done`);
  });

  test('grows while it is mounted', slow, async ({ machine }) => {
    const size = `stat --file-system --format='%b*%S' ${pool} | { IFS='*' read -r blocks bytes; echo $((blocks * bytes)); }`;
    const before = await bytesOf(machine, size);
    await machine.run(documentedCommands('disk-image.md', 'Grow it').join('\n'));
    expect(await bytesOf(machine, size)).toBe(before + 50 * gibibyte);
  });

  test('is mounted after a power cut before kubelet starts', slow, async ({ machine }) => {
    expect(await seenByKubelet(machine)).toMatch(/^xfs .*\bprjquota\b/);
    const unit = await machine.run(
      `systemctl show --property=Before,RequiresMountsFor "$(systemd-escape --path --suffix=mount ${pool})"`,
    );
    expect(unit).toMatch(/^Before=.*\bkubelet\.service\b/m);
    expect(unit).toMatch(/^RequiresMountsFor=.*\/var\/lib/m);
    const write = machine.run(`dd if=/dev/zero of=${pool}/limited/data bs=1M count=11`);
    await expect(write).rejects.toThrow('No space left on device');
  });

  test('does not keep the node from starting when its file is missing', slow, async ({ machine }) => {
    await machine.run(`umount ${pool} && mv ${image} ${image}.away`);
    expect(await seenByKubelet(machine)).toBe('nothing\n');
    expect(await machine.run('systemctl list-units --state=active multi-user.target')).toContain('multi-user.target');
  });
});
