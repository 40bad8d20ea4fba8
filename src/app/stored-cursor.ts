import { SourceHaltedError } from "../core/errors.ts";
import { otherVersion } from "../core/judge-move.ts";
import type { JsonValue } from "../core/json.ts";
import type { Pass } from "./pass.ts";

/**
 * Where the source stands, for its connector to go on.
 * @throws SourceHaltedError `TIDEMARK_SOURCE_CURSOR` when another version of the connector has written it
 */
export function storedCursor({ lane, connector }: Pass): JsonValue | null {
  const { cursor, cursorVersion, name } = lane.source;
  if (cursor === null || cursorVersion === connector.cursorVersion) return cursor;
  throw new SourceHaltedError("TIDEMARK_SOURCE_CURSOR", otherVersion(cursorVersion, connector, name));
}
