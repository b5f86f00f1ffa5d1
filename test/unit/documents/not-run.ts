import type { Runners } from '../../support/document-rules.ts';
import { readManifests } from '../../support/manifests.ts';

const [{ spec: daemonSet }] = readManifests('manifests/daemonset.yaml');
const image: string = daemonSet.template.spec.containers[0].image;

const because = (reason: string, ...commands: string[]): Record<string, string> =>
  Object.fromEntries(commands.map((command) => [command, reason]));

/** A sentence names a command or what is said, and tells nobody to type it. */
const named = (...commands: string[]) => because('named in a sentence, and not to be typed', ...commands);

const loadImage = {
  [`docker build -t ${image} .`]: 'no Docker: `npm run image:build` builds the same Dockerfile with buildah',
  [`minikube image load ${image}`]: 'no minikube: the tests import the image into containerd, as this does',
};

/** What no test types, and why. Whatever else a page tells to type, a test types, or `.ci/run`. */
export const notRun: Runners['notRun'] = {
  'README.md': { ...loadImage, ...named('kubectl hostpath-provisioner') },
  'CONTRIBUTING.md': {
    '.ci/run': 'it runs everything, the tests among it',
    ...because('its parts are in .ci/run', 'npm ci && npm run check', 'npm run test:long'),
    ...because('it changes the sources', 'npx biome check --write .', 'npm run crash-table'),
    ...because('.ci/run has the same for all suites', 'npx vitest run --project unit'),
    ...because('runs for half an hour or more: by hand', 'npm run test:versions', 'npm run test:e2e:full'),
    ...because('by hand, on a quiet machine', 'npm run bench -- burst'),
    ...because('test/disks/ uses what it starts', 'node test/disks/machine/main.ts -- ls'),
    ...because('at a release, and then by hand', 'npm version --no-git-tag-version minor'),
    ...because('once for each new Kubernetes', 'go mod tidy -modfile=kubernetes-1.36.mod'),
    ...named('require k8s.io/kubernetes v1.36.3'),
    ...because('README.md shows how it is typed', 'npm run cluster:up'),
    ...because('its two parts are in .ci/run', 'npm run test:release'),
    ...named('oras push'),
    ...because('a test compares what they write with what is there', 'npm run pictures', 'npm run dashboards'),
  },
  'docs/crashes.md': named('hostpath-provisioner restore'),
  'docs/crash-table.md': because('it writes that page', 'npm run crash-table'),
  'docs/decisions.md': named('cp -a', 'mount -o remount,prjquota', 'npm ci --cpu', 'npm pack', 'kubectl exec'),
  'docs/design.md': named('kubectl describe', 'hostpath-provisioner restore', 'kubectl hostpath-provisioner'),
  'docs/disk-image.md': {
    ...named('mount -o remount', 'systemctl status'),
    ...because('takes all of the space at once', 'fallocate --length 100G /var/lib/hostpath-pool.xfs'),
    ...because('a measurement, by hand', 'node bench/disk-image.ts', 'node bench/disk-image.ts /var/lib'),
  },
  'docs/faults.md': because(
    'a fault of an earlier day, found again',
    "node test/faults/main.ts --scenario clone-deleted --point 'fs:rename#3:before'",
  ),
  'docs/install.md': {
    ...loadImage,
    [`kind load docker-image ${image}`]: 'no kind: as for minikube',
    [`docker save ${image} | sudo k3s ctr images import -`]:
      'no k3s: the tests import with ctr what docker save writes',
    [`k3d image import ${image}`]: 'no k3d: as for k3s',
    [`docker save ${image} | microk8s ctr image import -`]: 'no microk8s: as for k3s',
    ...because(
      'no SELinux in force: test/selinux/ labels the base directory in a machine that has it',
      'mkdir -p BASE_DIRECTORY && chcon -Rt container_file_t BASE_DIRECTORY',
      "semanage fcontext -a -t container_file_t 'BASE_DIRECTORY(/.*)?'",
    ),
    ...because(
      'no OpenShift: test/install/openshift.test.ts checks the same objects against the rules of its admission',
      'oc apply -f rbac/',
      'oc adm policy add-scc-to-user hostmount-anyuid -n hostpath-provisioner-system -z hostpath-provisioner',
      'oc apply -f manifests/pod.yaml -f manifests/class.yaml',
      'oc apply -f manifests/claim.yaml -f manifests/test-pod.yaml',
      'oc apply -k overlays/openshift',
      'oc new-project kafka',
      'oc apply -k manifests/kafka/openshift/single',
      'oc debug node/NAME',
      'chroot /host',
    ),
    ...named(
      'minikube stop',
      'minikube delete',
      'kind delete cluster',
      'crc stop',
      'crc delete',
      'apply -k',
      'helm test',
    ),
    ...named('kubectl delete pv'),
    ...because('looked at after a failure alone', 'kubectl describe pvc,pod hostpath-provisioner-test'),
    ...because('as with overlays/minikube, which a test types', 'kubectl delete -k overlays/kind'),
  },
  'docs/kafka.md': {
    ...because(
      'test/kafka/ does the same through the API, in the namespace of its own node',
      'kubectl -n kafka apply -k manifests/kafka/single',
      'kubectl -n kafka apply -k manifests/kafka/zookeeper',
      'kubectl -n kafka delete -k manifests/kafka/single',
      'kubectl -n kafka delete pvc data-0-kafka-0 data-1-kafka-0',
      'kubectl -n kafka delete pvc data-0-kafka-0 data-1-kafka-0 --ignore-not-found',
      'kubectl -n kafka scale statefulset/kafka --replicas=0',
      'kubectl -n kafka scale statefulset/kafka --replicas=1',
      'kubectl get pv --sort-by=.metadata.creationTimestamp',
      'kubectl get pv',
    ),
    ...because('runs for half an hour: by hand', 'npm run test:e2e:full'),
    ...because(
      'no k3d and no minikube: test/kafka/rebuilt.test.ts rebuilds its own node over a kept directory',
      'k3d cluster create CLUSTER --volume /srv/volumes:/tmp/hostpath-provisioner@server:0',
      'minikube start --mount --mount-string=/srv/volumes:/tmp/hostpath-provisioner',
    ),
    ...named(
      'kafka-topics.sh --describe --under-replicated-partitions',
      'kubectl delete -k',
      'kubectl delete pod',
      'kubectl apply',
      'kill -9',
      'restore VOLUME --claim NAMESPACE/NAME',
      'in its place, of another cluster',
      'of an unknown cluster',
      'hostPath type check failed',
    ),
  },
  'docs/json.md': {
    ...because(
      'test/integration/documents.test.ts runs them as processes',
      'hostpath-provisioner status',
      'hostpath-provisioner trash --output json',
    ),
    ...named('volume lost', 'directory missing', 'over its request', 'claim dev/pg'),
  },
  'docs/migrate.md': named('kubectl wait'),
  'docs/monitoring.md': {
    ...because('needs the kinds of the Prometheus operator, and only shows them', 'kubectl get prometheus -A -o yaml'),
    ...named('kubectl describe'),
  },
  'docs/nodes.md': named('kubectl hostpath-provisioner'),
  'docs/page.md': {
    ...because('the walk types it without a port', 'kubectl hostpath-provisioner ui --port 8765'),
    ...because('needs another machine', 'ssh -L 8765:127.0.0.1:8765 that-machine'),
    ...because('it draws the picture that the same tests compare', 'npm run test:page -- -u'),
    ...named('kubectl hostpath-provisioner'),
  },
  'docs/performance.md': {
    ...because(
      'hours, on a quiet machine: by hand',
      'npm run bench',
      'npm run bench -- thrift --repetitions 1',
      'npm run bench:publish -- bench/results/all-….json bench/results/thrift-….json',
      'npm run bench:profile',
      'npm run bench -- limits growth usage limit-memory',
      'npm run bench -- thrift',
      'npm run bench -- gate',
    ),
    ...because('looks at a process during a measurement', 'strace -c -f -p PID', 'perf stat -p PID'),
    ...named('docker save'),
  },
  'docs/plugin.md': {
    ...because(
      'the walk puts dist/ on PATH instead',
      'install dist/kubectl-hostpath_provisioner dist/kubectl_complete-hostpath_provisioner ~/.local/bin/',
    ),
    ...named(
      'kubectl hostpath-provisioner',
      'where CLAIM',
      'restore VOLUME --claim NAMESPACE/NAME',
      'get pods/proxy',
      'cannot read usage of node node-1: the right to get pods/proxy in namespace hostpath-provisioner-system is missing',
      'hostpath-provisioner trash',
      'hostpath-provisioner restore',
    ),
  },
  'docs/security.md': named('kubectl hostpath-provisioner'),
  'docs/sizes.md': {
    ...because(
      'test/disks/ and test/e2e/kubelet-figures.test.ts make such disks in machines of their own',
      'tune2fs -O project,quota -Q prjquota DEVICE',
      'mount -o prjquota',
      'btrfs quota enable --simple BASE_DIRECTORY',
    ),
    ...because('test/install/quotas.test.ts renders that overlay', 'kubectl apply -k overlays/own'),
    ...named('chattr -p 0 FILE'),
  },
  'docs/stability.md': {
    ...because('a test compares what it writes with what is there', 'npm run stable-names'),
    ...named('kubectl hostpath-provisioner'),
  },
  'docs/tested.md': because('two more Kubernetes to build: by hand', 'npm run test:versions'),
  'docs/troubleshooting.md': {
    ...because(
      'needs a disk of its own: test/unit/disk/mounted-base-directory.test.ts mounts one',
      'mount BASE',
      'findmnt BASE',
      'mount -o remount,rw "$(findmnt -no TARGET -T BASE)"',
    ),
    ...because('e2fsprogs may be missing, and other file systems know no such attributes', 'lsattr -d BASE'),
    ...because('opens an editor', 'kubectl -n hostpath-provisioner-system edit daemonset hostpath-provisioner'),
    ...because('as `restore` of restore.md', 'hostpath-provisioner restore VOLUME --claim NAMESPACE/CLAIM'),
    ...named('hostpath-provisioner trash', 'kubectl annotate', 'du -ax'),
  },
  'docs/upgrade.md': {
    ...because(
      'test/e2e/upgrade.test.ts types these blocks, whose headings it has in variables',
      'kubectl delete --ignore-not-found storageclass example-hostpath',
      'kubectl -n hostpath-provisioner-system set env daemonset/hostpath-provisioner GRACE_PERIOD=8760h',
      'kubectl -n hostpath-provisioner-system set env daemonset/hostpath-provisioner GRACE_PERIOD-',
    ),
    ...named('hostpath-provisioner trash'),
  },
};
