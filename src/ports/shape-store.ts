import type { JsonValue } from "../core/json.ts";

/** What the documents of a source's accounts look like; a commit replaces it (`CommitStep.shape`). */
export interface ShapeStore {
  /** As the last commit left it; null before the first. */
  shape(sourceId: number): Promise<JsonValue | null>;
  /** Documents of some living accounts, as canonical JSON text, for a source whose shape is not known. */
  someDocuments(sourceId: number, limit: number): Promise<string[]>;
}
