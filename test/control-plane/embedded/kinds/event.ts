import { type FieldError, invalid, required } from '../objects/field-error.ts';
import { qualifiedNameProblems } from '../objects/names.ts';
import type { KubeObject } from '../objects/object.ts';
import { always, integer, objectReference, optionalText, struct, text } from '../objects/schema.ts';
import type { Kind } from './kind.ts';

const time = always(optionalText, null);

export const eventKind: Kind = {
  shape: {
    involvedObject: always(objectReference, {}),
    reason: text,
    message: text,
    source: always(struct({ component: text, host: text }), {}),
    firstTimestamp: time,
    lastTimestamp: time,
    count: integer,
    type: text,
    eventTime: time,
    series: struct({ count: integer, lastObservedTime: time }),
    action: text,
    related: objectReference,
    reportingComponent: always(text, ''),
    reportingInstance: always(text, ''),
  },
  validate: (event) => [...validateNamespace(event), ...(event.eventTime === null ? [] : validateNewStyle(event))],
};

function validateNamespace({ metadata, involvedObject, eventTime }: KubeObject): FieldError[] {
  const about: string = involvedObject.namespace ?? '';
  const clusterWide = eventTime === null ? ['default'] : ['default', 'kube-system'];
  const matches = about === '' ? clusterWide.includes(metadata.namespace ?? '') : about === metadata.namespace;
  if (matches || (eventTime !== null && about !== '')) return [];
  return [invalid('involvedObject.namespace', about, 'does not match event.namespace')];
}

/** Events with `eventTime` are held to more than those without. */
function validateNewStyle({
  reportingComponent,
  reportingInstance,
  action,
  reason,
  message,
}: KubeObject): FieldError[] {
  return [
    ...(reportingComponent === '' ? [required('reportingComponent')] : []),
    ...qualifiedNameProblems(reportingComponent).map((each) => invalid('reportingComponent', reportingComponent, each)),
    ...filled('reportingInstance', reportingInstance, 128),
    ...filled('action', action, 128),
    ...filled('reason', reason, 128),
    ...(message?.length > 1024 ? [invalid('message', '', 'can have at most 1024 characters')] : []),
  ];
}

function filled(field: string, value: string | undefined, limit: number): FieldError[] {
  if (!value) return [required(field)];
  return value.length > limit ? [invalid(field, '', `can have at most ${limit} characters`)] : [];
}
