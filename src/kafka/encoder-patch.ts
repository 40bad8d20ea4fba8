import { createRequire } from "node:module";

/** kafkajs' encoder of requests; `parts` come before what is in `buf`. */
interface Encoder {
  buf: Buffer;
  offset: number;
  parts?: Buffer[];
  readonly buffer: Buffer;
  ensureAvailable(length: number): void;
}

const load = createRequire(import.meta.url);
const { prototype } = load("kafkajs/src/protocol/encoder.js") as { prototype: Encoder };
const copyIn = Reflect.get(prototype, "writeBufferInternal") as (this: Encoder, bytes: Buffer) => void;

/** Shorter pieces are copied: a list of many small ones would cost more. */
const shortestPart = 4_096;

function append(this: Encoder, bytes: Buffer): void {
  if (bytes.length < shortestPart) {
    copyIn.call(this, bytes);
    return;
  }
  const written = this.buf.subarray(0, this.offset);
  this.parts = [...(this.parts ?? []), written, bytes];
  this.buf = Buffer.allocUnsafe(shortestPart);
  this.offset = 0;
}

function whole(this: Encoder): Buffer {
  const written = this.buf.subarray(0, this.offset);
  if (this.parts === undefined) return written;
  const joined = Buffer.concat([...this.parts, written]);
  this.parts = [joined];
  this.buf = Buffer.allocUnsafe(shortestPart);
  this.offset = 0;
  return joined;
}

/**
 * Makes kafkajs keep what it has encoded as a list of pieces until a request is sent. As it is, every level of a request (records, batch,
 * partitions, topics, request, frame) copies all of it into zeroed memory of up to twice the size, which cost more than all the rest of
 * publishing. Its version is pinned, and a test compares the bytes.
 */
Object.defineProperties(prototype, {
  writeBufferInternal: { value: append },
  buffer: { get: whole },
  size: {
    value(this: Encoder) {
      return (this.parts ?? []).reduce((sum, { length }) => sum + length, this.offset);
    },
  },
  ensureAvailable: {
    value(this: Encoder, length: number) {
      if (this.offset + length <= this.buf.length) return;
      const larger = Buffer.allocUnsafe(Math.max(2 * this.buf.length, this.offset + length));
      this.buf.copy(larger, 0, 0, this.offset);
      this.buf = larger;
    },
  },
  writeEncoder: {
    value(this: Encoder, inner: Encoder) {
      for (const part of inner.parts ?? []) append.call(this, part);
      append.call(this, inner.buf.subarray(0, inner.offset));
      return this;
    },
  },
  writeEncoderArray: {
    value(this: Encoder, inner: readonly Encoder[]) {
      // Records: one copy of them all is needed, for the checksum.
      append.call(this, Buffer.concat(inner.map(({ buffer }) => buffer)));
      return this;
    },
  },
});
