import { whyOtherVersion } from "../core/cursor-version.ts";
import { SourceHaltedError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { Pass } from "./pass.ts";

/**
 * Where the source stands, for its connector to go on.
 * @throws SourceHaltedError `TIDEMARK_SOURCE_CURSOR` when another version of the connector has written it
 */
export function storedCursor({ lane, connector }: Pass): JsonValue | null {
  const { source } = lane;
  const why = whyOtherVersion(source, connector, source.name);
  if (why !== null) throw new SourceHaltedError("TIDEMARK_SOURCE_CURSOR", why);
  return source.cursor;
}
