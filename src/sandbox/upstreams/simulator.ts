import Fastify from "fastify";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { steadyChurn } from "./churn.ts";
import { simulatedClock } from "./clock.ts";
import type { SimulatedClock } from "./clock.ts";
import { controlOf } from "./control-client.ts";
import type { Control } from "./control-client.ts";
import { controlRoutes } from "./control.ts";
import { injectedFaults } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { mutator } from "./mutator.ts";
import type { CommonBehaviour, Fault } from "./protocol.ts";
import { requestRecord } from "./request-record.ts";
import { striker } from "./strike.ts";
import type { Striker } from "./strike.ts";
import { truthFile } from "./truth-file.ts";
import type { TruthFile } from "./truth-file.ts";
import { seededTruth } from "./truth.ts";
import type { Truth, Version } from "./truth.ts";
import type { UpstreamKind, Vendor, World } from "./vendor.ts";
import { delayedVisibility } from "./visibility.ts";

/** How any simulated upstream is started. */
export interface SimulatorOptions<Behaviour extends CommonBehaviour> {
  /** 0 (any free one) when left out. */
  readonly port?: number;
  /** 127.0.0.1 when left out. */
  readonly host?: string;
  /** The same seed makes the same people; 1 when left out. */
  readonly seed?: number;
  /** How many accounts there are at the very first start; 1,000 when left out. */
  readonly accounts?: number;
  /** Where truth and clock are kept, so that a restart resumes the same upstream; nowhere when left out. */
  readonly file?: string;
  /** How wrong its clock is at the very first start. */
  readonly clockOffsetMs?: number;
  readonly churnPerSecond?: number;
  readonly behaviour?: Partial<Behaviour>;
}

/** A running upstream of one tenant. */
export interface SimulatedUpstream<Behaviour extends CommonBehaviour> {
  readonly kind: UpstreamKind;
  /** Its address as seen from this machine, without a path. */
  readonly url: string;
  readonly port: number;
  readonly control: Control<Behaviour>;
  /** Stops within a second, cutting connections that are still open. */
  close(): Promise<void>;
}

const TWO_YEARS_MS = 2 * 365 * 24 * 3_600_000;
const HOUR_MS = 3_600_000;

/** @throws Error when the port is taken, or the file was not written by a simulator. */
export async function startSimulator<B extends CommonBehaviour>(
  vendor: Vendor<B>,
  options: SimulatorOptions<B>,
): Promise<SimulatedUpstream<B>> {
  const { port = 0, host = "127.0.0.1", seed = 1, accounts = 1_000 } = options;
  const clock = simulatedClock(options.clockOffsetMs ?? 0);
  const truth = seededTruth(vendor.accounts, seed);
  const visible = delayedVisibility(clock.now);
  const behaviour: B = { ...vendor.defaults, ...options.behaviour };
  const file = options.file === undefined ? undefined : truthFile(options.file);
  const world: World<B> = { clock, truth, visible, behaviour, seed };
  await begin(world, accounts, file);
  const mutate = mutator({ truth, clock, visible, behaviour, file });
  const churn = steadyChurn(truth, mutate, accounts);
  const faults = injectedFaults();
  const requests = requestRecord();

  const app = Fastify({ logger: false, forceCloseConnections: true, bodyLimit: 64 * 1024 * 1024 });
  // Vendors differ in how they read bodies: everything arrives as text.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  await app.register(
    (scope, _options, done) => {
      controlRoutes(scope, { vendor, world, mutate, churn, faults, requests, file });
      done();
    },
    { prefix: "/_control" },
  );
  await app.register((scope, _options, done) => {
    requests.watch(scope);
    strikeWith(scope, faults, striker(vendor, clock, mutate));
    keepDate(scope, clock);
    vendor.serve(scope, world);
    scope.setNotFoundHandler((_request, reply) => {
      const { status, headers, body } = vendor.refusal(404);
      return reply
        .code(status)
        .headers({ "content-type": "application/json", ...headers })
        .send(body);
    });
    done();
  });

  await app.listen({ port, host });
  churn.setRate(options.churnPerSecond ?? 0);
  const address = app.server.address();
  const taken = typeof address === "object" && address !== null ? address.port : port;
  const url = `http://127.0.0.1:${String(taken)}`;
  const close = async (): Promise<void> => {
    churn.stop();
    await app.close();
    file?.close();
  };
  return { kind: vendor.kind, url, port: taken, control: controlOf<B>(url), close };
}

/** Resumes what the file knows; the very first time, makes the first accounts. */
async function begin<B extends CommonBehaviour>(
  world: World<B>,
  accounts: number,
  file?: TruthFile,
): Promise<void> {
  const { clock, truth, visible } = world;
  await file?.replay((version) => {
    truth.restore(version);
    clock.notBefore(version.atMs);
    visible.announce(version, 0);
  }, clock.resume);
  if (truth.size > 0) return;
  file?.appendClock(clock.offsetMs());
  const first = firstAccounts(truth, accounts, clock.now());
  file?.appendVersions(first);
  for (const version of first) visible.announce(version, 0);
}

/** The first population came into being over the last two years, the newest of it an hour ago. */
function firstAccounts(truth: Truth, count: number, nowMs: number): Version[] {
  return Array.from({ length: count }, (_, index) => {
    const atMs = nowMs - HOUR_MS - Math.floor((TWO_YEARS_MS * (count - 1 - index)) / count);
    return truth.apply({ op: "insert" }, atMs);
  }).flat();
}

function strikeWith(app: FastifyInstance, faults: Faults, { before, after }: Striker): void {
  const struck = new WeakMap<FastifyRequest, Fault>();
  app.addHook("preHandler", async (request, reply) => {
    const fault = faults.strike(request.url);
    if (fault === undefined) return;
    struck.set(request, fault);
    await before(fault, request, reply);
  });
  app.addHook("onSend", (request, reply, payload, done) => {
    const fault = struck.get(request);
    done(null, fault === undefined ? payload : after(fault, payload, reply));
  });
}

function keepDate(app: FastifyInstance, clock: SimulatedClock): void {
  app.addHook("onSend", (_request, reply, payload, done) => {
    reply.header("date", new Date(clock.now()).toUTCString());
    done(null, payload);
  });
}
