import { expect, test } from "vitest";
import { hiddenSecret, withoutSecrets } from "../../src/core/without-secrets.ts";

test("references stay, secrets that were written in their place are hidden, at any depth", () => {
  expect(
    withoutSecrets({
      baseUrl: "https://acme.example/api",
      apiKey: "abc",
      oauth: { clientId: "me", clientSecret: "${env:SECRET}", refreshToken: "r", scopes: ["read"] },
      headers: { Authorization: "Bearer x", Accept: "json" },
      credentials: { user: "u", parts: ["p", "q"] },
      pageSize: 100,
    }),
  ).toEqual({
    baseUrl: "https://acme.example/api",
    apiKey: hiddenSecret,
    oauth: { clientId: "me", clientSecret: "${env:SECRET}", refreshToken: hiddenSecret, scopes: ["read"] },
    headers: { Authorization: hiddenSecret, Accept: "json" },
    credentials: { user: hiddenSecret, parts: [hiddenSecret, hiddenSecret] },
    pageSize: 100,
  });
});

test("a text that only contains a reference may contain a secret, too; a password in an address is one", () => {
  expect(withoutSecrets({ token: "${env:A}x", url: "https://u:p@acme.example/x?y" })).toEqual({
    token: hiddenSecret,
    url: `https://${hiddenSecret}@acme.example/x?y`,
  });
});
