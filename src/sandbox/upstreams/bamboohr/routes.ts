import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { retryAfter } from "../retry-after.ts";
import type { World } from "../vendor.ts";
import type { BambooHrBehaviour } from "./behaviour.ts";
import { changeListJson, changedEmployees } from "./changed.ts";
import { employeeFields, fieldCatalogue } from "./employee.ts";
import { companyGate } from "./gate.ts";
import type { Company } from "./gate.ts";
import { oauthServer } from "./oauth.ts";
import { bambooHrRefusal, Refused } from "./refusal.ts";
import { customReport } from "./report.ts";
import { changeListXml, employeeXml, reportXml } from "./xml.ts";

/** What a report's `Accept` may be where the query does not name a format. */
const REPORT_FORMATS: Readonly<Record<string, string>> = { "application/json": "json", "text/xml": "xml" };

export function bambooHrRoutes(
  app: FastifyInstance,
  world: World<BambooHrBehaviour>,
  company: Company,
): void {
  const { clock, truth, visible, behaviour } = world;
  const oauth = oauthServer(world, company.company, company.app);
  const rejectionOf = companyGate(world, company, oauth);

  app.setErrorHandler((error, _request, reply) => {
    const status = error instanceof Refused ? error.status : 500;
    return refuse(reply, status, error instanceof Error ? error.message : String(error));
  });

  app.addHook("onSend", (_request, reply, payload, done) => {
    const id = randomUUID();
    reply.headers({ "x-request-id": id, "x-bamboohr-request-id": id });
    done(null, payload);
  });

  app.post<{ Querystring: { request?: string } }>("/token.php", (request, reply) => {
    if (request.query.request !== "token") throw new Refused(404);
    const { status, body } = oauth.answer(fieldsOf(request));
    return json(reply.code(status), body);
  });

  function serve(scope: FastifyInstance): void {
    scope.addHook("preHandler", async (request, reply) => {
      const named = (request.params as { company?: string }).company;
      if (named !== undefined && named !== company.company) return refuse(reply, 404);
      const rejection = rejectionOf(request);
      if (rejection === undefined) return;
      const { status, reason, waitSeconds } = rejection;
      if (waitSeconds !== undefined)
        reply.headers(retryAfter(behaviour.throttleRetryAfter, waitSeconds, clock));
      return refuse(reply, status, reason);
    });

    for (const path of ["/employees/changed", "/employees/changed/", "/employees/changed/:type"]) {
      scope.get(path, (request, reply) => {
        const query = { ...(request.query as object), ...typeIn(request) };
        const list = changedEmployees(visible, behaviour, query);
        return wantsJson(request) ? json(reply, changeListJson(list)) : xml(reply, changeListXml(list));
      });
    }

    scope.get<{ Params: { id: string }; Querystring: { fields?: string } }>(
      "/employees/:id",
      (request, reply) => {
        const version = truth.latest(request.params.id);
        if (version === undefined || version.json === null) throw new Refused(404);
        if (behaviour.forbiddenIds.includes(version.id)) throw new Refused(403);
        const fields = (request.query.fields ?? "firstName,lastName").split(",").map((name) => name.trim());
        const employee = employeeFields(version, fields, behaviour);
        return wantsJson(request) ? json(reply, employee) : xml(reply, employeeXml(employee));
      },
    );

    scope.post<{ Querystring: { format?: string } }>("/reports/custom", (request, reply) => {
      const format = request.query.format?.toLowerCase() ?? REPORT_FORMATS[request.headers.accept ?? ""];
      if (format !== "json" && format !== "xml") throw new Refused(404);
      if (behaviour.forbidsReports) throw new Refused(403);
      const body = typeof request.body === "string" ? request.body : "";
      const report = customReport(world, request.headers["content-type"], body);
      return format === "json" ? json(reply, report) : xml(reply, reportXml(report.title, report.employees));
    });

    scope.get("/meta/fields", (_request, reply) =>
      json(reply, fieldCatalogue(truth.living(0, 1)[0], behaviour)),
    );
  }

  for (const prefix of ["/api/v1", "/api/gateway.php/:company/v1"]) {
    app.register(
      (scope, _options, done) => {
        serve(scope);
        done();
      },
      { prefix },
    );
  }
}

/** The fields of a grant: a form as of RFC 6749, or JSON as in BambooHR's examples. */
function fieldsOf(request: FastifyRequest): URLSearchParams {
  const body = typeof request.body === "string" ? request.body : "";
  const isJson = request.headers["content-type"]?.startsWith("application/json") === true;
  return new URLSearchParams(isJson ? (JSON.parse(body) as Record<string, string>) : body);
}

/** The type as a part of the path, as older clients send it. */
function typeIn(request: FastifyRequest): { type?: string } {
  const { type } = request.params as { type?: string };
  return type === undefined || type === "" ? {} : { type };
}

function wantsJson(request: FastifyRequest): boolean {
  return request.headers.accept?.includes("application/json") === true;
}

async function refuse(reply: FastifyReply, status: number, reason?: string): Promise<void> {
  const { headers, body } = bambooHrRefusal(status, reason);
  await reply
    .code(status)
    .headers(headers ?? {})
    .send(body);
}

function json(reply: FastifyReply, answer: unknown): FastifyReply {
  return reply.header("content-type", "application/json").send(JSON.stringify(answer));
}

function xml(reply: FastifyReply, answer: string): FastifyReply {
  return reply.header("content-type", "text/xml").send(answer);
}
