import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { expect, test } from "vitest";
import { freshnessWords } from "../../src/core/freshness.ts";
import { prometheusMetrics } from "../../src/telemetry/prometheus-metrics.ts";

interface Alerts {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
}

const { groups } = load(readFileSync("ops/prometheus/alerts.yaml", "utf8")) as Alerts;
const rules = groups.flatMap((group) => group.rules);

test("every word has an alert, but those of a source that is well", () => {
  const words = rules.flatMap(
    ({ expr }) => /tidemark_source_state\{state="([a-z-]+)"\}/.exec(expr)?.[1] ?? [],
  );
  expect(words.toSorted()).toEqual(
    freshnessWords.filter((word) => word !== "current" && word !== "idle").toSorted(),
  );
});

test("alerts are about metrics that there are", async () => {
  const text = await prometheusMetrics({ version: "1" }).text();
  for (const { alert, expr } of rules)
    for (const [name] of expr.matchAll(/tidemark_\w+/g)) expect(text, alert).toContain(`# TYPE ${name} `);
});

test("docs/freshness.md explains every word, and names every alert", () => {
  const page = readFileSync("docs/freshness.md", "utf8");
  const rows = [...page.matchAll(/^\| `([a-z-]+)` /gm)].map(([, word]) => word);
  expect(rows.slice(0, freshnessWords.length)).toEqual(freshnessWords);
  for (const { alert } of rules) expect(page).toContain(`\`${alert}\``);
});
