import type { Issue } from '../errors.ts';

/** Which promise of a Blueprint a case broke. */
export type FaultRule =
  | 'compose' // a config that the schema accepts, and compose does not
  | 'time' // a compose that does not end; the other cases are left out
  | 'schema' // a composed object that its kind's schema refuses
  | 'labels' // an object without app.kubernetes.io/*
  | 'secret' // a credential in plain text
  | 'count' // more objects than one XR should compose
  | 'twin' // two resources that are one object
  | 'rest' // rounds that never end
  | 'ready' // an XR that never becomes ready
  | 'again' // a second render that differs
  | 'codec' // an answer that is another one after it went over the wire
  | 'default'; // observability that is on without being asked for

export interface Fault extends Issue {
  readonly rule: FaultRule;
}

/** Equal for faults that are the same one in another case: numbers and quoted values do not count. */
export function faultKey({ rule, path, message }: Fault): string {
  const plain = (text: string): string => text.replace(/"[^"]*"/g, '""').replace(/\d+/g, '0');
  return `${rule} ${plain(path)} ${rule === 'schema' ? '' : plain(message)}`;
}
