import { isObject } from '../internal/json.ts';

type Form =
  | 'text'
  | 'number'
  | 'boolean'
  | 'list'
  | 'texts'
  | 'schema'
  | 'schemas'
  | 'map'
  | 'schema or boolean';

/** The form of each keyword that types and validators read. */
const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ...(['type', 'format', 'pattern'] as const).map((k): [string, Form] => [k, 'text']),
  ...(['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const).map(
    (k): [string, Form] => [k, 'number'],
  ),
  ...(['minProperties', 'maxProperties', 'multipleOf'] as const).map((k): [string, Form] => [k, 'number']),
  ['nullable', 'boolean'],
  ['enum', 'list'],
  ['required', 'texts'],
  ['x-kubernetes-list-map-keys', 'texts'],
  ['x-kubernetes-validations', 'list'],
  ['items', 'schema'],
  ['not', 'schema'],
  ['allOf', 'schemas'],
  ['anyOf', 'schemas'],
  ['oneOf', 'schemas'],
  ['properties', 'map'],
  ['additionalProperties', 'schema or boolean'],
]);

/** What keeps an untrusted value from being a structural schema, or undefined. Its depth is bounded already. */
export function checkSchema(value: unknown, path: string): string | undefined {
  if (!isObject(value)) return `${path} is not a schema`;
  if (value.$ref !== undefined) return `${path}.$ref: a structural schema has no references`;
  for (const [keyword, content] of Object.entries(value)) {
    const form = FORMS.get(keyword);
    const wrong = form === undefined ? undefined : checkForm(form, content, `${path}.${keyword}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function checkForm(form: Form, value: unknown, path: string): string | undefined {
  const no = `${path} is not a ${form}`;
  switch (form) {
    case 'text':
      return typeof value === 'string' ? undefined : no;
    case 'number':
    case 'boolean':
      return typeof value === form ? undefined : no;
    case 'list':
      return Array.isArray(value) ? undefined : no;
    case 'texts':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? undefined : no;
    case 'schema':
      return checkSchema(value, path);
    case 'schema or boolean':
      return typeof value === 'boolean' ? undefined : checkSchema(value, path);
    case 'schemas':
      if (!Array.isArray(value)) return no;
      return firstWrong(
        value.map((item, i): [string, unknown] => [String(i), item]),
        path,
      );
    case 'map':
      return isObject(value) ? firstWrong(Object.entries(value), path) : no;
  }
}

function firstWrong(entries: readonly (readonly [string, unknown])[], path: string): string | undefined {
  for (const [key, child] of entries) {
    const wrong = checkSchema(child, `${path}.${key.slice(0, 100)}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
