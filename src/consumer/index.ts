export type { AccountEvent, EventHeaders } from "../core/event-schema.ts";
export { eventSchema, headersSchema } from "../core/event-schema.ts";
export { eventLine } from "./event-line.ts";
export { type AccountFold, foldAccounts, type Violation } from "./fold-accounts.ts";
export { type Applied, type Judgement, isPublishedAgain, judgeRecord } from "./judge-record.ts";
export {
  InvalidEventError,
  type KafkaRecord,
  parseEvent,
  type ParsedRecord,
  type ReplayOrigin,
} from "./parse-event.ts";
export { readZstd } from "./read-zstd.ts";
