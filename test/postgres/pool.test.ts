import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/core/errors.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { postgresStore } from "../../src/postgres/postgres-store.ts";

const nobodyThere = "postgres://127.0.0.1:1/tidemark";

describe("connecting to Postgres", () => {
  it.each(["", "Upper", "1st", "with space", 'quote"', "pg_mine", "x".repeat(64)])(
    "the schema name %j is refused",
    async (schema) => {
      expect(() => postgresStore({ url: nobodyThere, schema })).toThrow(ConfigError);
      await expect(migrate(nobodyThere, { schema })).rejects.toBeInstanceOf(ConfigError);
    },
  );

  it("what is no address is refused without being shown: it may hold a password", () => {
    expect(() => postgresStore({ url: "secret" })).toThrow(/^postgres\.url: (?!.*secret)/);
  });

  it("a server that is not there is worth another try", async () => {
    const store = postgresStore({ url: nobodyThere });
    const unavailable = {
      code: "TIDEMARK_DATABASE_UNAVAILABLE",
      message: expect.stringContaining("ECONNREFUSED"),
    };
    await expect(store.checkSchema()).rejects.toMatchObject(unavailable);
    await expect(store.applySources([])).rejects.toMatchObject(unavailable);
    await expect(migrate(nobodyThere)).rejects.toMatchObject(unavailable);
    await store.close();
  });
});
