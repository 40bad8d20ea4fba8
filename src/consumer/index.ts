export type { AccountEvent, EventHeaders } from "../core/event-schema.ts";
export { eventSchema, headersSchema } from "../core/event-schema.ts";
export { eventLine } from "./event-line.ts";
export { type AccountFold, foldAccounts, type Violation } from "./fold-accounts.ts";
export { InvalidEventError, type KafkaRecord, parseEvent, type ParsedRecord } from "./parse-event.ts";
export { readZstd } from "./read-zstd.ts";
