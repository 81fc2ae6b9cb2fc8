import { Writer } from '../codec/writer.ts';

/** A file to describe. */
export interface ProtoFile {
  readonly name: string;
  readonly package: string;
  readonly imports: readonly string[];
  readonly text: string;
}

interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly label: 'optional' | 'repeated' | 'map' | undefined;
  readonly oneof: string | undefined;
}

interface Parsed {
  readonly messages: { readonly name: string; readonly fields: Field[] }[];
  readonly enums: { readonly name: string; readonly values: readonly string[] }[];
  readonly services: {
    readonly name: string;
    readonly method: string;
    readonly input: string;
    readonly output: string;
  }[];
}

const SCALARS: Readonly<Record<string, number>> = {
  double: 1,
  int64: 3,
  int32: 5,
  bool: 8,
  string: 9,
  bytes: 12,
};
const [MESSAGE, ENUM] = [11, 14];
const [OPTIONAL, REPEATED] = [1, 3];

function parse(text: string): Parsed {
  const out: Parsed = { messages: [], enums: [], services: [] };
  for (const line of text.split('\n').map((l) => l.trim())) {
    const words = line.split(' ');
    const [first = '', name = '', ...rest] = words;
    if (name === '=') out.messages.at(-1)?.fields.push(parseField(words));
    else if (first === 'message') out.messages.push({ name, fields: [] });
    else if (first === 'enum') out.enums.push({ name, values: rest });
    else if (first === 'service') {
      out.services.push({ name, method: rest[0] ?? '', input: rest[1] ?? '', output: rest[2] ?? '' });
    }
  }
  return out;
}

function parseField(words: readonly string[]): Field {
  const [name = '', , number, ...rest] = words;
  const label = (['optional', 'repeated', 'map'] as const).find((l) => l === rest[0]);
  const type = rest[label === undefined ? 0 : 1] ?? '';
  return { name, number: Number(number), type, label, oneof: words.find((w) => w.startsWith('|'))?.slice(1) };
}

const camel = (text: string): string => text.replace(/_(\w)/g, (_, c: string) => c.toUpperCase());
const pascal = (text: string): string => camel(`_${text}`);
/** `ServingStatus` → `SERVING_STATUS`. */
const shout = (text: string): string => text.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();

/** The bytes of a `FileDescriptorProto`. */
export function fileDescriptor(file: ProtoFile): Buffer {
  const parsed = parse(file.text);
  const writer = new DescriptorWriter(file.package, new Set(parsed.enums.map((e) => e.name)));
  writer.string(98, 'proto3');
  for (const service of parsed.services.toReversed()) writer.service(service);
  for (const item of parsed.enums.toReversed()) writer.enumeration(item, file.package !== 'grpc.health.v1');
  for (const message of parsed.messages.toReversed()) writer.message(message.name, message.fields);
  for (const path of file.imports.toReversed()) writer.string(26, path);
  writer.string(18, file.package);
  writer.string(10, file.name);
  return writer.bytes();
}

class DescriptorWriter extends Writer {
  private readonly scope: string;
  private readonly enums: ReadonlySet<string>;

  constructor(scope: string, enums: ReadonlySet<string>) {
    super();
    this.scope = scope;
    this.enums = enums;
  }

  service({ name, method, input, output }: Parsed['services'][number]): void {
    const from = this.size;
    const inner = this.size;
    this.string(26, `.${this.scope}${output}`);
    this.string(18, `.${this.scope}${input}`);
    this.string(10, method);
    this.close(18, inner);
    this.string(10, name);
    this.close(50, from);
  }

  enumeration({ name, values }: Parsed['enums'][number], prefixed: boolean): void {
    const from = this.size;
    const prefix = prefixed && values.length > 1 ? `${shout(name)}_` : '';
    for (let number = values.length - 1; number >= 0; number--) {
      const inner = this.size;
      this.varint(number); // the first of an enum is 0, and is written
      this.byte(16);
      this.string(10, `${prefix}${values[number]}`);
      this.close(18, inner);
    }
    this.string(10, name);
    this.close(42, from);
  }

  /** Map fields become nested entry messages, `optional` ones a oneof of their own, as protoc has it. */
  message(name: string, fields: readonly Field[]): void {
    const from = this.size;
    const real = [...new Set(fields.flatMap((f) => f.oneof ?? []))];
    const synthetic = fields.filter((f) => f.label === 'optional').map((f) => `_${f.name}`);
    const oneofs = [...real, ...synthetic];
    for (const oneof of oneofs.toReversed()) {
      const inner = this.size;
      this.string(10, oneof);
      this.close(66, inner);
    }
    for (const field of fields.filter((f) => f.label === 'map').toReversed()) this.entry(field);
    for (const field of fields.toReversed()) {
      const own = field.label === 'optional' ? `_${field.name}` : field.oneof;
      this.field(name, field, own === undefined ? undefined : oneofs.indexOf(own));
    }
    this.string(10, name);
    this.close(34, from);
  }

  private entry(field: Field): void {
    const from = this.size;
    const options = this.size;
    this.uint(56, 1); // map_entry
    this.close(58, options);
    this.field('', { ...field, name: 'value', number: 2, label: undefined, oneof: undefined }, undefined);
    this.field(
      '',
      { ...field, name: 'key', number: 1, type: 'string', label: undefined, oneof: undefined },
      undefined,
    );
    this.string(10, `${pascal(field.name)}Entry`);
    this.close(26, from);
  }

  private field(message: string, field: Field, oneof: number | undefined): void {
    const from = this.size;
    const isMap = field.label === 'map';
    const type = isMap ? `.${message}.${pascal(field.name)}Entry` : field.type;
    const scalar = SCALARS[type];
    if (field.label === 'optional') {
      this.byte(1);
      this.varint(17 * 8); // proto3_optional
    }
    this.string(82, camel(field.name));
    if (oneof !== undefined) {
      this.varint(oneof);
      this.byte(72);
    }
    if (scalar === undefined) this.string(50, type.startsWith('.') ? `.${this.scope}${type}` : `.${type}`);
    this.uint(40, scalar ?? (this.enums.has(type.slice(1)) ? ENUM : MESSAGE));
    this.uint(32, isMap || field.label === 'repeated' ? REPEATED : OPTIONAL);
    this.uint(24, field.number);
    this.string(10, field.name);
    this.close(18, from);
  }
}
