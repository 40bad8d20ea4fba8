import { readFileSync } from "node:fs";
import { CORE_SCHEMA, load, mergeTag } from "js-yaml";
import type { UpstreamKind } from "../../src/sandbox/upstreams/vendor.ts";

/** A service of docker-compose.yml, as far as the tests read it. */
export interface Service {
  image: string;
  build?: string;
  pull_policy?: string;
  container_name?: string;
  command?: string[];
  environment?: Record<string, string | number>;
  volumes: string[];
  ports?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
  deploy?: { replicas: number };
  init?: boolean;
  read_only?: boolean;
  tmpfs?: string[];
  security_opt?: string[];
  cap_drop?: string[];
  stop_grace_period?: string;
}

const { services } = load(readFileSync("docker-compose.yml", "utf8"), {
  schema: CORE_SCHEMA.withTags(mergeTag),
}) as {
  services: Record<"postgres" | "kafka" | UpstreamKind | "migrate" | "worker", Service>;
};

/** The services of docker-compose.yml by name. */
export const composeServices = services;

/** A service's environment as the process in the container sees it. */
export function environmentOf({ environment = {} }: Service): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
}
