import { maxPaths, pathText } from "../core/shape.ts";
import type { ToldDrift } from "./page-drift.ts";
import type { Pass } from "./pass.ts";

/** Counts what is new in the documents of a source and tells the operator, once for each path and type; never a value. */
export function tellDrift({ lane, ports }: Pass, told: readonly ToldDrift[]): void {
  const { name: source, drift } = lane.source;
  for (const { path, type, known, id } of told) {
    const what = `${pathText(path)} ${type}`;
    // What is on hold is not learned before a person has approved it, and would be told with every document.
    if (lane.toldDrift.has(what) || lane.toldDrift.size >= maxPaths) continue;
    lane.toldDrift.add(what);
    ports.metrics.schemaDrift(source);
    ports.log.warn("schema.drift", {
      source,
      path: pathText(path),
      was: known.length === 0 ? null : known.join(" or "),
      is: type,
      account: id,
      ...(drift === "hold" ? { whatToDo: "tidemark hold list" } : {}),
    });
  }
}
