import type { Json } from './object.ts';

/** One thing that is wrong with one field, as `details.causes` of a 422 answer lists it. */
export interface FieldError {
  type: 'Required' | 'Invalid' | 'NotSupported' | 'Forbidden' | 'Duplicate' | 'TooLong';
  field: string;
  value?: Json;
  detail: string;
}

const titles: Record<FieldError['type'], string> = {
  Required: 'Required value',
  Invalid: 'Invalid value',
  NotSupported: 'Unsupported value',
  Forbidden: 'Forbidden',
  Duplicate: 'Duplicate value',
  TooLong: 'Too long',
};

export const required = (field: string, detail = ''): FieldError => ({ type: 'Required', field, detail });
export const forbiddenField = (field: string, detail: string): FieldError => ({ type: 'Forbidden', field, detail });
export const invalid = (field: string, value: Json, detail: string): FieldError => ({
  type: 'Invalid',
  field,
  value,
  detail,
});
export const tooLong = (field: string, limit: number): FieldError => ({
  type: 'TooLong',
  field,
  detail: `may not be more than ${limit} bytes`,
});

/** `supported` in the order in which the message shall name them. */
export function notSupported(field: string, value: Json, supported: readonly string[]): FieldError {
  const list = supported.map((each) => JSON.stringify(each)).join(', ');
  return { type: 'NotSupported', field, value, detail: `supported values: ${list}` };
}

/** What is wrong, without the name of the field. */
export function fieldErrorBody({ type, value, detail }: FieldError): string {
  const showsValue = type === 'Invalid' || type === 'NotSupported' || type === 'Duplicate';
  const head = showsValue ? `${titles[type]}: ${JSON.stringify(value ?? null)}` : titles[type];
  return detail === '' ? head : `${head}: ${detail}`;
}
