import type { Pass } from "./pass.ts";
import { storedCursor } from "./stored-cursor.ts";

/**
 * The pages that the source's next pass would read, for who only wants to look: of a poll from the live cursor, or of a sweep from its beginning.
 * @throws SourceHaltedError `TIDEMARK_SOURCE_CURSOR` when another version of the connector has written the cursor
 */
export function pagesFromHere(pass: Pass) {
  const { kind, connector, context } = pass;
  return kind === "sweep"
    ? connector.sweep({ ...context, position: null })
    : connector.poll({ ...context, cursor: storedCursor(pass) });
}
