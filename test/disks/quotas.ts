import { closeSync, existsSync, openSync } from 'node:fs';
import { callNow } from '../../src/disk/native/c-library.ts';

/** BTRFS_IOC_QUOTA_CTL with its commands; `btrfs quota enable --simple` came later than Debian 12's tools. */
const quotaControl = 0xc0109428;
const quotaCommands = { enable: 1n, disable: 2n, enableSimple: 4n };

export function controlQuotas(point: string, command: keyof typeof quotaCommands): void {
  const argument = Buffer.alloc(16);
  argument.writeBigUInt64LE(quotaCommands[command]);
  const descriptor = openSync(point, 'r');
  try {
    callNow({ name: 'ioctl', args: [descriptor, quotaControl, argument] });
  } finally {
    closeSync(descriptor);
  }
}

/** What keeps limits on btrfs from being tested here. Quota groups other than simple ones need nothing of the kind. */
export function withoutSimpleQuotas(): string[] {
  return existsSync('/sys/fs/btrfs/features/simple_quota') ? [] : ['simple quotas of btrfs need Linux 6.7'];
}
