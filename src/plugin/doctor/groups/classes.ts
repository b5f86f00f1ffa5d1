import { allowsSeveralNodes } from '../../../model/class.ts';
import { finding } from '../checks.ts';
import type { Facts, KnownClass } from '../facts.ts';
import type { Finding } from '../finding.ts';
import type { Group } from '../group.ts';
import { mending } from '../mending.ts';
import { isMeantForDaemon } from '../served.ts';
import { shellWord } from '../shell-word.ts';

/** Whether the classes lead their claims to a daemon, and to the node of the pod. */
export const classGroup: Group = {
  name: 'classes',
  needs: ['classes', 'nodes'],

  look(facts) {
    return [
      ...(facts.classes ?? []).flatMap((cls) => immediate(facts, cls)),
      ...(facts.others.classes ?? []).flatMap((cls) => notServed(facts, cls)),
      ...severalDefaults(facts),
    ];
  },

  well({ classes = [] }) {
    return classes.length === 0 ? 'none is served' : `${classes.map(({ name }) => name).join(', ')} served`;
  },
};

function immediate({ nodes }: Facts, cls: KnownClass): Finding[] {
  if (nodes === undefined || nodes.size < 2 || cls.waitForFirstConsumer || !allowsSeveralNodes(cls)) return [];
  const text = `binds immediately among ${nodes.size} nodes: the volumes of a pod may lie on different ones`;
  const command = `kubectl get storageclass ${shellWord(cls.name)} -o yaml | sed s/Immediate/WaitForFirstConsumer/ | kubectl replace --force -f -`;
  return [finding('class-immediate', `class ${cls.name}`, text, command)];
}

function notServed(facts: Facts, cls: KnownClass): Finding[] {
  if (!isMeantForDaemon(facts, cls)) return [];
  const served = [...facts.provisioners].join(' or ');
  const text = `no daemon serves its provisioner "${cls.provisioner}", but ${served}`;
  const command = mending(facts, 'ClassParameterInvalid', { class: cls.name }) ?? 'kubectl get storageclass';
  return [finding('class-not-served', `class ${cls.name}`, text, command)];
}

/** Kubernetes takes the newest of several default classes, so the others lose nothing when they cease to be one. */
function severalDefaults({ classes = [], others }: Facts): Finding[] {
  const ours = classes.filter(({ isDefault }) => isDefault);
  const all = [...ours, ...(others.classes ?? []).filter(({ isDefault }) => isDefault)];
  if (ours.length === 0 || all.length < 2) return [];
  const [newest, ...older] = all.toSorted((one, other) => other.createdAt.localeCompare(one.createdAt));
  const names = older.map(({ name }) => name);
  const text = `${[newest, ...older].map((cls) => cls?.name).join(', ')} are the default: claims get the newest, ${newest?.name}`;
  const command = `kubectl annotate storageclass ${names.map(shellWord).join(' ')} storageclass.kubernetes.io/is-default-class-`;
  return [finding('default-classes', 'classes', text, command)];
}
