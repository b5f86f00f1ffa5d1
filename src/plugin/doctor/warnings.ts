import type { EventObject } from '../../model/kubernetes.ts';
import type { Facts } from './facts.ts';

/** What a daemon said of an object. */
export interface Told {
  /** A word of docs/troubleshooting.md, if the message has one. */
  reason: string | undefined;
  message: string;
}

/** Longest part of a message in a finding, in characters. `kubectl describe` shows all of it. */
const longest = 200;

/** The daemons' last warning about the object of this UID, among those of certain Event reasons. */
export function lastWarning({ warnings }: Facts, uid: string, ...eventReasons: string[]): Told | undefined {
  const told = (warnings?.get(uid) ?? []).filter(({ reason }) => eventReasons.includes(reason ?? ''));
  const [last] = told.toSorted((one, other) => timeOf(other) - timeOf(one));
  return last && readMessage(last.message ?? '');
}

/** Reads the reason at the head of a message, which may begin with the name of a volume. */
export function readMessage(message: string): Told {
  const reason = /^(?:volume \S+: )?([A-Z][a-z]+[A-Za-z]*): /.exec(message)?.[1];
  return { reason, message: shortened(message) };
}

/** The first sentence of a message: the others say what to do, which the command of a finding does. */
export function shortened(message: string): string {
  const [sentence = ''] = message.split(/\.\s+(?=\p{Lu})/u);
  return sentence.length <= longest ? sentence : `${sentence.slice(0, longest).trimEnd()}…`;
}

/** When an Event was sent last, as `Date.now`. */
export const timeOf = ({ lastTimestamp, eventTime, firstTimestamp }: EventObject): number =>
  Date.parse(lastTimestamp ?? eventTime ?? firstTimestamp ?? '') || 0;
