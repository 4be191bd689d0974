/** A request, as far as the steps of a login differ in it. */
export interface Message {
  readonly id: number;
  /** The id as an INTEGER. */
  readonly idBytes: Buffer;
  readonly kind: keyof typeof replyTags | 'other';
  /** Of a search: 0 is the entry itself. */
  readonly scope: number | undefined;
  readonly bytes: Buffer;
}

const requestKinds: Readonly<Record<number, Message['kind']>> = {
  96: 'bind',
  99: 'search',
  104: 'add',
  110: 'compare',
  119: 'extended',
};
const replyTags = { bind: 0x61, search: 0x65, add: 0x69, compare: 0x6f, extended: 0x78 };
export const stringTag = 0x04;

/** The first whole message of these bytes. */
export function messageIn(bytes: Buffer): Message | undefined {
  const whole = readElement(bytes);
  if (whole === undefined) return undefined;
  const id = readElement(whole.content);
  const operation = id && readElement(whole.content.subarray(id.length));
  if (id === undefined || operation === undefined) return undefined;
  const base = readElement(operation.content);
  const kind = requestKinds[operation.tag] ?? 'other';
  return {
    id: id.content.readUIntBE(0, id.content.length),
    idBytes: whole.content.subarray(0, id.length),
    kind,
    scope: kind === 'search' && base !== undefined ? operation.content[base.length + 2] : undefined,
    bytes: bytes.subarray(0, whole.length),
  };
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly length: number;
}

/** Undefined until all of it is there. */
function readElement(bytes: Buffer): Element | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) return undefined;
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (bytes.length < 2 + more) return undefined;
  const size = more === 0 ? first : bytes.readUIntBE(2, more);
  const length = 2 + more + size;
  return bytes.length < length
    ? undefined
    : { tag, content: bytes.subarray(2 + more, length), length };
}

export function element(tag: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const header = size < 0x80 ? [tag, size] : [tag, 0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

/** The final answer to a request, with this result code. */
export function reply(
  { id, kind }: Pick<Message, 'id' | 'kind'>,
  code: number,
  referral?: string,
): Buffer {
  const text = code === 0 || code === 49 ? '' : 'text of the server';
  const referrals =
    referral === undefined ? [] : [element(0xa3, [element(stringTag, [Buffer.from(referral)])])];
  const codeBytes = code < 0x80 ? [code] : [code >> 8, code & 0xff];
  return element(0x30, [
    element(0x02, [Buffer.from([id])]),
    element(kind === 'other' ? 0x78 : replyTags[kind], [
      element(0x0a, [Buffer.from(codeBytes)]),
      element(stringTag, []),
      element(stringTag, [Buffer.from(text)]),
      ...referrals,
    ]),
  ]);
}

/** RFC 4511, 4.4.1: sent before a server ends a connection. */
export const disconnectionNotice = element(0x30, [
  element(0x02, [Buffer.from([0])]),
  element(0x78, [
    element(0x0a, [Buffer.from([52])]),
    element(stringTag, []),
    element(stringTag, [Buffer.from('shutting down')]),
    element(0x8a, [Buffer.from('1.3.6.1.4.1.1466.20036')]),
  ]),
]);
