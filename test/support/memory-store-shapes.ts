import type { ShapeStore } from "../../src/ports/store.ts";
import { compareIds, type MemoryState, type Part } from "./memory-store-state.ts";

export function memoryShapes(state: MemoryState): Part<ShapeStore> {
  return {
    shape: (sourceId) => state.shapes.get(sourceId) ?? null,
    someDocuments: (sourceId, limit) =>
      [...(state.accounts.get(sourceId)?.values() ?? [])]
        .sort((a, b) => compareIds(a.id, b.id))
        .flatMap(({ document }) => document ?? [])
        .slice(0, limit),
  };
}
