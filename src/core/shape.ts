import { type JsonObject, type JsonValue, isJsonObject } from "./json.ts";

/** Most paths that are remembered of one source, and found in one document: members that are named by chance must not fill the memory. */
export const maxPaths = 2_000;

export type JsonType = "string" | "number" | "boolean" | "object" | "array";

/** What the values at one path have been, and what lies below it. */
interface Place {
  types: JsonType[];
  /** Only where it has any: every lane keeps a shape, and most places are leaves. */
  members: Map<string, Place> | undefined;
  /** The elements of arrays, all as one. */
  items: Place | undefined;
}

/** The member paths below `attributes` that documents have had, with the JSON types of their values. */
export interface Shape {
  readonly root: Place;
  /** How many there are. */
  paths: number;
}

/** A path, or a type at it, that was not known. */
export interface Drift {
  /** Member names, from those below `attributes` on; null stands for the elements of an array. */
  path: readonly (string | null)[];
  type: JsonType;
}

/** A shape of which nothing is known yet. */
export function emptyShape(): Shape {
  return { root: newPlace(["object"]), paths: 0 };
}

/**
 * What a document has that is not known. Null has no type: it is the same as absent. This runs over every document that changes, so what is known
 * costs one look at each member.
 */
export function findDrift(shape: Shape, members: JsonObject): Drift[] {
  const found: Drift[] = [];
  compare(shape.root, members, [], { found, isFull: shape.paths >= maxPaths });
  return found;
}

/** A drift with the types that were known at its path before; none: the path is new. */
export type Learned = Drift & { known: JsonType[] };

/** The shape with these drifts added, up to `maxPaths` paths, and those that were really new. */
export function learn(shape: Shape, drifts: readonly Drift[]): { shape: Shape; learned: Learned[] } {
  const next = shapeOf(shapeJson(shape));
  const learned = drifts.flatMap((drift) => {
    const place = placeAt(next, drift.path);
    if (place === null || place.types.includes(drift.type)) return [];
    const known = [...place.types];
    place.types.push(drift.type);
    return [{ ...drift, known }];
  });
  return { shape: next, learned };
}

/** A path as people read it: dotted, from the document on, `*` for the elements of an array. */
export function pathText(path: Drift["path"]): string {
  return ["attributes", ...path].map((name) => name ?? "*").join(".");
}

/** A shape as it is stored. */
export function shapeJson({ root }: Shape): JsonValue {
  return placeJson(root);
}

/** A shape as it was stored. */
export function shapeOf(json: JsonValue): Shape {
  const shape: Shape = { root: newPlace([]), paths: 0 };
  fill(shape, shape.root, json as unknown as StoredPlace);
  return shape;
}

interface StoredPlace {
  types: JsonType[];
  members?: Record<string, StoredPlace>;
  items?: StoredPlace;
}

function placeJson({ types, members, items }: Place): JsonObject {
  return {
    types,
    // Unlike an assignment, this makes a member of every name.
    ...(members === undefined
      ? {}
      : { members: Object.fromEntries([...members].map(([name, place]) => [name, placeJson(place)])) }),
    ...(items === undefined ? {} : { items: placeJson(items) }),
  };
}

function fill(shape: Shape, place: Place, { types, members = {}, items }: StoredPlace): void {
  place.types = [...types];
  for (const [name, stored] of Object.entries(members)) fill(shape, addPlace(shape, place, name), stored);
  if (items !== undefined) fill(shape, addPlace(shape, place, null), items);
}

function newPlace(types: JsonType[]): Place {
  return { types, members: undefined, items: undefined };
}

function addPlace(shape: Shape, above: Place, name: string | null): Place {
  const place = newPlace([]);
  shape.paths += 1;
  if (name === null) above.items = place;
  else (above.members ??= new Map()).set(name, place);
  return place;
}

/** The place of a path, made where it is missing; null when there are too many already. */
function placeAt(shape: Shape, path: Drift["path"]): Place | null {
  let place = shape.root;
  for (const name of path) {
    const below = name === null ? place.items : place.members?.get(name);
    if (below === undefined && shape.paths >= maxPaths) return null;
    place = below ?? addPlace(shape, place, name);
  }
  return place;
}

function typeOf(value: Exclude<JsonValue, null>): JsonType {
  if (typeof value === "object") return Array.isArray(value) ? "array" : "object";
  return typeof value as JsonType;
}

/** @param place What is known here; undefined below what is new. */
function compare(
  place: Place | undefined,
  value: Exclude<JsonValue, null>,
  path: Drift["path"],
  into: { found: Drift[]; isFull: boolean },
): void {
  const { found, isFull } = into;
  if (place === undefined && (isFull || found.length >= maxPaths)) return;
  const type = typeOf(value);
  if (place?.types.includes(type) !== true) found.push({ path, type });
  if (Array.isArray(value)) {
    for (const item of value) if (item !== null) compare(place?.items, item, [...path, null], into);
  } else if (isJsonObject(value)) {
    for (const name of Object.keys(value)) {
      const member = value[name];
      if (member === undefined || member === null) continue;
      const below = place?.members?.get(name);
      // Most members end here: their path is needed only where something is new.
      if (typeof member !== "object" && below?.types.includes(typeOf(member)) === true) continue;
      compare(below, member, [...path, name], into);
    }
  }
}
