import type { JsonValue } from "./json.ts";

/** A cursor, and the version of the connector's cursors that wrote it. */
export interface Place {
  /** null: everything is read. */
  cursor: JsonValue | null;
  cursorVersion: number;
}

/** A connector, and the version of the cursors that it reads. */
interface Reader {
  name: string;
  cursorVersion: number;
}

/** Why a connector cannot go on at a place of a source, if that is because another version of it wrote the cursor, and what to type; null: it is not. */
export function whyOtherVersion(
  { cursor, cursorVersion }: Place,
  reader: Reader,
  source: string,
): string | null {
  if (cursor === null || cursorVersion === reader.cursorVersion) return null;
  return `${versions("that cursor", cursorVersion, reader)}; to have everything read again: tidemark cursor reset ${source}`;
}

/** As in `that cursor is of version 1, and this bamboohr reads version 2`. */
export function versions(what: string, version: number, { name, cursorVersion: own }: Reader): string {
  return `${what} is of version ${version}, and this ${name} reads version ${own}`;
}
