import { createRequire } from "node:module";

interface ListOffsets {
  isolationLevel?: number;
}
type Broker = { listOffsets: (this: Broker, request: ListOffsets) => Promise<unknown> };

const { prototype } = createRequire(import.meta.url)("kafkajs/src/broker/index.js") as { prototype: Broker };
const listOffsets = prototype.listOffsets;
const readUncommitted = 0;

// kafkajs' admin cannot say whose end of a partition it wants and gets the last stable offset: while a transaction is open, or its
// markers are still being written after its commit, that lies before records that are there. Consumers do say, and are left alone.
prototype.listOffsets = function listOffsetsToTheEnd(this: Broker, request: ListOffsets) {
  return listOffsets.call(this, { ...request, isolationLevel: request.isolationLevel ?? readUncommitted });
};
