import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { komboThroughRest } from "../../src/sandbox/kombo-through-rest.ts";

test("the sandbox reads Kombo through `rest` as the page about `rest` shows it", () => {
  const page = readFileSync(new URL("../../docs/rest.md", import.meta.url), "utf8");
  const [, example = ""] = /^## Kombo as settings$.*?^```yaml$(.*?)^```$/ms.exec(page) ?? [];
  const shown = load(example) as { sources: Record<string, { settings: JsonObject }> };
  expect(shown.sources["acme-ats"]?.settings).toEqual({
    ...komboThroughRest(""),
    baseUrl: "https://api.kombo.dev/v1",
    auth: { bearer: { token: "${env:KOMBO_API_KEY}" } },
  });
});
