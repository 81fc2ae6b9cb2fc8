import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A DNS server that knows one answer. */
export interface NameServer {
  /** UDP, on 127.0.0.1. */
  readonly port: number;
  close(): void;
}

const HEADER = 12; // bytes
const TYPE_A = 1;
const TTL_SECONDS = 1;

/**
 * Answers every question for an IPv4 address with these, and others with nothing: a headless Service of a function
 * with as many pods. Named in a gRPC target as `dns://127.0.0.1:PORT/name:9443`.
 */
export async function startNameServer(addresses: readonly string[]): Promise<NameServer> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { address, port }) => socket.send(answer(query, addresses), port, address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, close: () => socket.close() };
}

/** RFC 1035, as much of it as one question needs. */
function answer(query: Buffer, addresses: readonly string[]): Buffer {
  let end = HEADER;
  while ((query[end] ?? 0) !== 0) end += (query[end] ?? 0) + 1;
  const question = query.subarray(HEADER, end + 5); // the name's end, type and class
  const records = query.readUInt16BE(end + 1) === TYPE_A ? addresses.map(record) : [];
  const header = Buffer.alloc(HEADER);
  query.copy(header, 0, 0, 2); // the question's id
  header.writeUInt16BE(0x8580, 2); // an authoritative answer, recursion as if it were there
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question, ...records]);
}

function record(address: string): Buffer {
  const out = Buffer.alloc(HEADER);
  out.writeUInt16BE(0xc00c, 0); // the name of the question
  out.writeUInt16BE(TYPE_A, 2);
  out.writeUInt16BE(1, 4);
  out.writeUInt32BE(TTL_SECONDS, 6);
  out.writeUInt16BE(4, 10);
  return Buffer.concat([out, Buffer.from(address.split('.').map(Number))]);
}
