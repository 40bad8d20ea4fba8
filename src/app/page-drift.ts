import type { NewEntry } from "../core/change.ts";
import type { FingerprintedObservation } from "../core/fingerprint.ts";
import type { JsonObject } from "../core/json.ts";
import { type Learned, type Shape, emptyShape, findDrift, learn, shapeOf } from "../core/shape.ts";
import type { Pass } from "./pass.ts";

/** What the changed documents of one page have that the source's accounts never had. */
export interface PageDrift {
  /** What a person is to be told. */
  told: readonly ToldDrift[];
  /** What is known after this page, where that is to be remembered. */
  shape: Shape | null;
  /** Documents that go on hold because of it. */
  waiting: ReadonlySet<FingerprintedObservation>;
}

/** A drift with an account that has it. */
export type ToldDrift = Learned & { id: string };

/** The members below `attributes` of those observations that have a document. */
export type Attributes = ReadonlyMap<FingerprintedObservation, JsonObject>;

/** How many stored documents tell the shape of a source that was loaded before its shape was kept. */
const sampleSize = 1_000;

/**
 * Compares the documents that a page changes with what the source's accounts look like; those that change nothing are not looked at. Until the
 * source is loaded everything is learned silently. Documents that a person has approved are published whatever they have.
 */
export async function pageDrift(
  pass: Pass,
  entries: readonly NewEntry[],
  attributes: Attributes,
  isApproved: boolean,
): Promise<PageDrift> {
  const { drift, isLoaded } = pass.lane.source;
  if (drift === "ignore" || entries.length === 0 || attributes.size === 0) return nothing;
  const before = await knownShape(pass);
  const isFirst = !isLoaded || before.paths === 0;
  const holds = drift === "hold" && !isFirst && !isApproved;
  const changed = new Set(entries.map(({ accountId }) => accountId));
  const told: ToldDrift[] = [];
  const waiting = new Set<FingerprintedObservation>();
  let shape = before;
  for (const [observation, members] of attributes) {
    if (!changed.has(observation.id)) continue;
    const found = findDrift(shape, members);
    if (found.length === 0) continue;
    const next = learn(shape, found);
    for (const learned of next.learned) told.push({ ...learned, id: observation.id });
    if (holds) waiting.add(observation);
    else shape = next.shape;
  }
  // The page after this one is decided before this one is committed.
  pass.shape = shape;
  const isKnown = isFirst || (drift === "hold" && isApproved);
  return { told: isKnown ? [] : told, shape: shape === pass.lane.shape ? null : shape, waiting };
}

const nothing: PageDrift = { told: [], shape: null, waiting: new Set() };

/** What is known of the source so far, by this pass or by those before it. */
async function knownShape({ lane, ports, shape }: Pass): Promise<Shape> {
  const known = shape ?? lane.shape;
  if (known !== null) return known;
  const stored = await ports.store.shape(lane.source.id);
  if (stored !== null) return (lane.shape = shapeOf(stored));
  const sample = lane.source.isLoaded ? await ports.store.someDocuments(lane.source.id, sampleSize) : [];
  return sample.reduce((learned, text) => learnedFrom(learned, attributesOf(text)), emptyShape());
}

function learnedFrom(shape: Shape, members: JsonObject): Shape {
  const found = findDrift(shape, members);
  return found.length === 0 ? shape : learn(shape, found).shape;
}

/** The members below `attributes` of a stored document; of an account that was brought back without its document there are none. */
export function attributesOf(document: string): JsonObject {
  return (JSON.parse(document) as { attributes?: JsonObject }).attributes ?? {};
}
