import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnedDirectory } from './owned-directory.ts';
import { kubernetesPath } from './prerequisites.ts';
import type { Programs } from './programs.ts';

const readyDeadlineMs = 30_000;

export const nodeAddress = '10.240.0.1';
export const podRange = '10.244.0.0/24';

// The first process of the namespaces. /mnt, /run, /tmp, /var/lib and /var/log are the node's own, so that programs, pods and
// manifests can use the paths that they use everywhere; so are the control groups. Mounts are shared inside, as
// HostToContainer propagation asks. With `wait` it also takes the exit status of processes whose parents have died.
const firstProcess = `
set -e
directory=$1 ready=$2 program=$3
group=$(basename "$directory")

own_group() { # the control group itself takes the place of its parent; a new cpuset (version 1) is empty
  mkdir "$1/$group"
  if [ -e "$1/cpuset.mems" ]; then
    for file in cpuset.cpus cpuset.mems; do cat "$1/$file" >"$1/$group/$file"; done
  fi
  mount --bind "$1/$group" /mnt
  umount "$1"
  mount --move /mnt "$1"
}

own_tree() { # what is mounted at /run/tree takes the place of $1, with what lies there on the machine and is needed here
  for path in "$directory" "$(dirname "$program")"; do
    case $path in "$1"/*)
      mkdir -p "/run/tree\${path#"$1"}"
      mount --bind "$path" "/run/tree\${path#"$1"}" ;;
    esac
  done
  mount --move /run/tree "$1"
}

for path in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 node $path; done
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  own_group /sys/fs/cgroup
else
  for tree in /sys/fs/cgroup/*; do [ -L "$tree" ] || own_group "$tree"; done
fi
mkdir /run/tree
mount -t tmpfs -o mode=755 node /run/tree
own_tree /mnt
mkdir -m 1777 "$directory/tmp"
mount --bind "$directory/tmp" /run/tree
own_tree /tmp
rmdir /run/tree
mount --make-rshared /

ip link set lo up
ip link add node type bridge # that nothing is attached to: dummy interfaces are not everywhere
ip address add ${nodeAddress}/32 dev node
ip link set node up
ip route add default dev node # without one, the node's own calls to service addresses are refused

touch "$ready"
while true; do # a reboot ends the sleep, and nothing ends this
  sleep infinity &
  wait
done
`;

// Ends every process but the first and itself at once, then takes away what no reboot leaves: control groups (version 1: in each
// tree), what is mounted, /run, and the rules of the network. Pods' networks go with their last process and mount.
const powerCut = `
set -e
kill -KILL -1
while ps -e -o comm= | grep -qvE '^(sh|sleep|ps|grep)$'; do sleep 0.1; done
[ -e /sys/fs/cgroup/cgroup.controllers ] && depth=1 || depth=2
find /sys/fs/cgroup -mindepth $depth -depth -type d -exec rmdir {} +
findmnt --list --noheadings --submounts --output=TARGET /var/lib | tail -n +2 | tac | xargs --no-run-if-empty umount --lazy
umount --recursive --lazy /run
mount -t tmpfs -o mode=755 node /run
nft flush ruleset
`;

// What a disk would keep, but for /tmp. It is mounted anew: no path is followed into what pods had mounted below it.
const wipe = `
set -e
for path in /var/lib /var/log; do
  umount --recursive --lazy $path
  mount -t tmpfs -o mode=755 node $path
done
`;

export interface Sandbox {
  /** The root directory inside, with all that is mounted there, as a path of this machine. */
  rootPath: string;
  /** The /tmp inside, as a path of this machine; it is there as long as the files are. */
  tmpPath: string;
  /** Stands before a command to run it inside. */
  enter: readonly string[];
  /** An address inside that this machine, and nobody else, can reach. */
  address: string;
  /** Path of the namespace of its network. */
  networkPath: string;
  /** Ends all that runs inside, as a power cut does, and leaves what a disk would keep: /var, /tmp. */
  cutPower(): void;
  /** Leaves of what a disk would keep /tmp alone. Nothing may run inside. */
  wipe(): void;
}

/**
 * Makes namespaces of processes, mounts and network. When their first process ends, the kernel takes everything away
 * that was started, mounted or connected inside.
 */
export async function startSandbox(programs: Programs, directory: OwnedDirectory): Promise<Sandbox> {
  const readyPath = join(directory.path, 'sandbox.ready');
  const pid = programs.start('sandbox', [
    ...['unshare', '--pid', '--mount', '--net', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'],
    ...['--', 'sh', '-c', firstProcess, 'sandbox', directory.path, readyPath, kubernetesPath()],
  ]);
  await programs.until('sandbox made', readyDeadlineMs, () => {
    if (!existsSync(readyPath)) throw new Error('its first process is not ready');
  });
  const enter = ['nsenter', `--target=${pid}`, '--net', '--mount', `--pid=/proc/${pid}/ns/pid_for_children`, '--'];
  return {
    rootPath: `/proc/${pid}/root`,
    tmpPath: join(directory.path, 'tmp'),
    enter,
    address: connect(pid, enter, directory.link),
    networkPath: `/proc/${pid}/ns/net`,
    cutPower: () => run(...enter, 'sh', '-c', powerCut),
    wipe: () => run(...enter, 'sh', '-c', wipe),
  };
}

/** Joins this machine and the sandbox by a cable with a network of its own, and returns the address at the far end. */
function connect(pid: number, enter: readonly string[], link: string): string {
  const network = `169.254.${randomInt(1, 168)}.${4 * randomInt(64)}`; // link-local, short of the clouds' 169.254.169
  const address = (host: number) => network.replace(/\d+$/, (last) => String(Number(last) + host));
  run('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'outside', 'netns', String(pid));
  run('ip', 'address', 'add', `${address(1)}/30`, 'dev', link);
  run('ip', 'link', 'set', link, 'up');
  run(...enter, 'ip', 'address', 'add', `${address(2)}/30`, 'dev', 'outside');
  run(...enter, 'ip', 'link', 'set', 'outside', 'up');
  return address(2);
}

function run(...[command = '', ...args]: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
