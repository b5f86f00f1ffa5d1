import { describe, expect, test } from 'vitest';
import { parseMounts } from '../../../../src/disk/base/mount.ts';
import { objectionToPlace, seemsElsewhere } from '../../../../src/disk/base/pod-mounts.ts';

const base = '/tmp/hostpath-provisioner';

/** As /proc/self/mountinfo was in the daemon's container on containerd, with kubelet's folder on a tmpfs; shortened. */
const inPod = (volume: string): string => `\
131 89 0:55 / / ro,relatime master:31 - overlay overlay rw,lowerdir=/var/lib/containerd/snapshots/4/fs
132 131 0:57 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
133 131 0:58 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
136 131 0:52 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
146 137 0:37 /k8s.io/36a7972055af8a48 /sys/fs/cgroup/systemd ro,nosuid,nodev master:15 - cgroup cgroup rw,name=systemd
${volume}
148 131 0:41 /kubelet/pods/8e0dada5-d3f2-4141-addd-053b8cc46659/etc-hosts /etc/hosts rw,relatime - tmpfs node rw,mode=755
149 133 0:41 /kubelet/pods/8e0dada5-d3f2-4141-addd-053b8cc46659/containers/hostpath-provisioner/74aa7ab8 /dev/termination-log rw,relatime - tmpfs node rw,mode=755
150 131 0:41 /containerd/io.containerd.grpc.v1.cri/sandboxes/66b6a9c8/hostname /etc/hostname ro,relatime - tmpfs node rw
153 131 0:43 / /var/run/secrets/kubernetes.io/serviceaccount ro,relatime - tmpfs tmpfs rw,size=24684096k,noswap
`;
const mounted = (root: string, point: string): string =>
  `147 131 254:0 ${root} ${point} rw,relatime master:25 - ext4 /dev/vda rw,discard`;
const emptyDir =
  '/kubelet/pods/8e0dada5-d3f2-4141-addd-053b8cc46659/volumes/kubernetes.io~empty-dir/e /data rw,relatime - tmpfs';

/** On a node itself, which sees what is mounted for all its pods. */
const onNode = `\
25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
41 25 0:41 / /var/lib/kubelet/pods/8e0dada5/volumes/kubernetes.io~projected/token rw,relatime shared:9 - tmpfs tmpfs rw
`;

/** In a container that no kubelet started, such as a node of kind. */
const inDocker = `\
600 500 0:80 / / rw,relatime master:40 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A
601 600 254:0 /var/lib/docker/containers/4c1/hosts /etc/hosts rw,relatime - ext4 /dev/vda rw
602 600 254:0 /var/lib/docker/volumes/7fe/_data /var rw,relatime master:1 - ext4 /dev/vda rw
`;

describe('In a pod', () => {
  test.each([
    ['mounted from the node', mounted('/tmp/hostpath-provisioner', base), base],
    ['mounted from a disk of its own', mounted('/', '/data'), '/data'],
    ['in a directory that is mounted', mounted('/var/lib', '/var/lib'), '/var/lib/hostpath-provisioner'],
  ])('a base directory may be %s', (_, volume, basePath) => {
    expect(objectionToPlace(parseMounts(inPod(volume)), basePath)).toBeUndefined();
  });

  test.each([
    ['not mounted', mounted('/data', '/data'), base, '/data'],
    ['above what is mounted', mounted('/tmp/hostpath-provisioner', base), '/tmp', base],
    ['beside what is mounted', mounted('/data', '/data'), '/data-2', '/data'],
  ])('a base directory that is %s is refused, with what is mounted instead', (_, volume, basePath, instead) => {
    expect(objectionToPlace(parseMounts(inPod(volume)), basePath)).toContain(`${basePath} is not mounted`);
    expect(objectionToPlace(parseMounts(inPod(volume)), basePath)).toContain(`but ${instead} is`);
  });

  test('a base directory in a volume of the pod itself, or with nothing mounted, is refused', () => {
    const refusal = /\/data is not mounted from the node in this pod\. /;
    expect(objectionToPlace(parseMounts(inPod(`215 131 0:41 ${emptyDir} node rw`)), '/data')).toMatch(refusal);
    expect(objectionToPlace(parseMounts(inPod('')), '/data')).toMatch(refusal);
  });

  test('a base directory may lie in a volume of another pod, in which a whole cluster runs', () => {
    const ofOuterPod = '/kubelet/pods/0c1b/volumes/kubernetes.io~empty-dir/docker/volumes/7fe/_data/hostpath';
    expect(objectionToPlace(parseMounts(inPod(mounted(ofOuterPod, '/data'))), '/data')).toBeUndefined();
  });

  test('the last of two mounts at one point counts', () => {
    const both = `${mounted('/data', '/data')}\n215 131 0:41 ${emptyDir} node rw`;
    expect(objectionToPlace(parseMounts(inPod(both)), '/data')).toBeDefined();
  });

  test.each([
    ['another name on its disk', '/srv/elsewhere', true],
    ['the same name in a part of the disk, as on nodes of kind', '/var/lib/docker/volumes/7fe/_data/hostpath', false],
    ['the whole disk', '/', false],
  ])('a base directory that has %s may be another one on the node', (_, root, elsewhere) => {
    const mounts = parseMounts(inPod(mounted(root, '/var/hostpath')));
    expect(seemsElsewhere(mounts, '/var/hostpath', root)).toBe(elsewhere);
  });
});

describe.each([
  ['On a node', onNode],
  ['In a container of no pod', inDocker],
])('%s', (_, mountinfo) => {
  test('a base directory may be anywhere, under any name', () => {
    const mounts = parseMounts(mountinfo);
    expect(objectionToPlace(mounts, base)).toBeUndefined();
    expect(seemsElsewhere(mounts, base, '/srv/elsewhere')).toBe(false);
  });
});
