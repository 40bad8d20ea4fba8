import { createRequire } from "node:module";

interface RequestQueue {
  pending: unknown[];
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

const { prototype } = createRequire(import.meta.url)("kafkajs/src/network/requestQueue/index.js") as {
  prototype: RequestQueue;
};
const schedule = prototype.scheduleCheckPendingRequests;

// kafkajs arms a timer after every request, also when no request waits, and then with a negative delay: Node warns
// (TimeoutNegativeWarning, kafkajs issue 1751). Without a waiting request there is nothing to check. kafkajs is frozen
// and its version pinned, so curing the cause here is better than hiding the warning from everybody.
prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests(this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this);
};
