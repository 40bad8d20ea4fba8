import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Churn } from "./churn.ts";
import type { Faults } from "./faults.ts";
import { changedOf } from "./mutator.ts";
import type { Mutate } from "./mutator.ts";
import { churn as churnChange, clockChange, fault, mutation, slice } from "./protocol.ts";
import type { CommonBehaviour, HistoryEntry, LivingAccount, TruthSlice } from "./protocol.ts";
import type { RequestRecord } from "./request-record.ts";
import type { TruthFile } from "./truth-file.ts";
import type { Version } from "./truth.ts";
import type { Vendor, World } from "./vendor.ts";

export interface ControlParts<Behaviour extends CommonBehaviour> {
  readonly vendor: Vendor<Behaviour>;
  readonly world: World<Behaviour>;
  readonly mutate: Mutate;
  readonly churn: Churn;
  readonly faults: Faults;
  readonly requests: RequestRecord;
  readonly file: TruthFile | undefined;
}

/**
 * The control port, beside the vendor's routes on the same server. Bodies and answers are JSON (`protocol.ts`);
 * a body that does not fit is answered with 400 and the reason.
 *
 * - `POST /_control/mutate` a `Mutation` → `Changed[]`
 * - `POST /_control/churn` `{ perSecond }`: changes that go on by themselves; 0 stops them
 * - `POST /_control/faults` a `Fault` or a list of them → `InjectedFault[]`; `GET` what struck how often; `DELETE` all
 * - `POST /_control/options` some of the vendor's behaviour → all of it; `GET` the same
 * - `POST /_control/clock` `{ advanceMs }` → `{ at }`
 * - `GET /_control/truth?from=&limit=` the living accounts without lag → `TruthSlice` (position `from`, 10,000 at once)
 * - `GET /_control/history?id=` → `HistoryEntry[]`
 * - `GET /_control/requests` the newest 10,000 → `RecordedRequest[]`; `DELETE` forgets them
 */
export function controlRoutes<B extends CommonBehaviour>(app: FastifyInstance, parts: ControlParts<B>): void {
  const { vendor, world, mutate, churn, faults, requests, file } = parts;

  app.setErrorHandler((error, _request, reply) => {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return reply.code(400).send({ message });
  });

  app.post("/mutate", (request) => mutate(mutation.parse(bodyOf(request))));

  app.post("/churn", (request) => {
    const { perSecond } = churnChange.parse(bodyOf(request));
    churn.setRate(perSecond);
    return { perSecond };
  });

  app.post("/faults", (request) => {
    const body = bodyOf(request);
    return z
      .array(fault)
      .parse(Array.isArray(body) ? body : [body])
      .map(faults.inject);
  });
  app.get("/faults", () => faults.list());
  app.delete("/faults", () => {
    faults.clear();
    return [];
  });

  app.post("/options", (request) => Object.assign(world.behaviour, vendor.changes.parse(bodyOf(request))));
  app.get("/options", () => world.behaviour);

  app.post("/clock", (request) => {
    const { advanceMs } = clockChange.parse(bodyOf(request));
    world.clock.advance(advanceMs);
    file?.appendClock(world.clock.offsetMs());
    return { at: now() };
  });

  app.get("/truth", (request): TruthSlice => {
    const { from, limit } = slice.parse(request.query);
    const accounts = world.truth.living(from, from + limit).map(livingOf);
    return { at: now(), population: world.truth.population, changes: world.truth.size, accounts };
  });

  app.get("/history", (request) => {
    const { id } = z.object({ id: z.string() }).parse(request.query);
    return world.truth.history(id).map(entryOf);
  });

  app.get("/requests", () => requests.list());
  app.delete("/requests", () => {
    requests.clear();
    return [];
  });

  const now = (): string => new Date(world.clock.now()).toISOString();
}

function bodyOf(request: FastifyRequest): unknown {
  return JSON.parse(typeof request.body === "string" ? request.body : "null");
}

function livingOf(version: Version): LivingAccount {
  const record = JSON.parse(version.json ?? "null") as LivingAccount["record"];
  return { id: version.id, version: version.number, record };
}

function entryOf(version: Version): HistoryEntry {
  return { ...changedOf(version), record: JSON.parse(version.json ?? "null") };
}
