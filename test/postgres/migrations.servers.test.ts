import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FatalError } from "../../src/core/errors.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { knownMigrations } from "../../src/postgres/migrations.ts";
import { postgresStore } from "../../src/postgres/postgres-store.ts";
import { registeredStatements } from "../../src/postgres/sql.ts";
import { committed, inserting, owned } from "../contract/store-samples.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { describeSchema } from "./describe-schema.ts";

describe("migrations", () => {
  let database: TestDatabase;
  let client: Client;

  beforeEach(async () => {
    database = await createDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
  });

  afterEach(async () => {
    await client.end();
    await database.drop();
  });

  const check = async (schema?: string) => {
    const store = postgresStore({ url: database.url, schema });
    try {
      await store.checkSchema();
      return "ok";
    } catch (error) {
      expect(error).toBeInstanceOf(FatalError);
      return (error as FatalError).code;
    } finally {
      await store.close();
    }
  };

  it("an empty database is migrated once, file by file; a second time there is nothing to do", async () => {
    const said: string[] = [];
    const say = (line: string) => said.push(line);
    expect(await migrate(database.url, { say })).toEqual(await knownMigrations());
    expect(said).toEqual((await knownMigrations()).map((name) => `applied migration ${name}`));
    expect(await migrate(database.url, { say })).toEqual([]);
    expect(said).toHaveLength((await knownMigrations()).length);
    expect(await check()).toBe("ok");
  });

  it("several at once are safe: one migrates, the others wait", async () => {
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(database.url)));
    expect(applied.flat()).toEqual(await knownMigrations());
    expect(await check()).toBe("ok");
  });

  it("a database without the schema, or with an older one, says that it is not migrated", async () => {
    expect(await check()).toBe("TIDEMARK_DATABASE_NOT_MIGRATED");
    await migrate(database.url);
    await client.query("delete from tidemark.migration where id = (select max(id) from tidemark.migration)");
    expect(await check()).toBe("TIDEMARK_DATABASE_NOT_MIGRATED");
  });

  it("a database that a newer program has migrated is refused, by the check and by migrate", async () => {
    await migrate(database.url);
    await client.query("insert into tidemark.migration (name, run_on) values ('9999_future', now())");
    expect(await check()).toBe("TIDEMARK_DATABASE_NEWER");
    await expect(migrate(database.url)).rejects.toMatchObject({ code: "TIDEMARK_DATABASE_NEWER" });
  });

  it("a migration that fails leaves nothing behind", async () => {
    await client.query("create schema tidemark; create table tidemark.journal ()");
    await expect(migrate(database.url)).rejects.toBeInstanceOf(FatalError);
    const { rows } = await client.query(
      "select tablename from pg_tables where schemaname = 'tidemark' order by 1",
    );
    expect(rows.map(({ tablename }) => tablename)).toEqual(["journal", "migration"]);
    expect(await check()).toBe("TIDEMARK_DATABASE_NOT_MIGRATED");
  });

  it("a role that may not create schemas migrates one that was made for it", async () => {
    const role = `role_${new URL(database.url).pathname.slice(1)}`;
    await client.query(
      `create role ${role} login password 'secret'; create schema tidemark authorization ${role}`,
    );
    try {
      const url = new URL(database.url);
      Object.assign(url, { username: role, password: "secret" });
      expect(await migrate(url.href)).toEqual(await knownMigrations());
    } finally {
      await client.query(`drop schema tidemark cascade; drop role ${role}`);
    }
  });

  it("two schemas of one database are two installations", async () => {
    await migrate(database.url, { schema: "one" });
    await migrate(database.url, { schema: "two" });
    expect(await check("one")).toBe("ok");
    expect(await check()).toBe("TIDEMARK_DATABASE_NOT_MIGRATED");
    // Options that the address carries itself stay.
    const url = `${database.url}?options=${encodeURIComponent("-c default_statistics_target=7")}`;
    const [one, two] = ["one", "two"].map((schema) => postgresStore({ url, schema }));
    if (one === undefined || two === undefined) throw new Error("two stores");
    try {
      const start = await owned(one);
      await committed(one, start, inserting(start, ["a"]));
      await owned(two);
      expect((await one.shardAnchor(0)).lastSeq).toBe("1");
      expect((await two.shardAnchor(0)).lastSeq).toBe("0");
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  });

  it("every statement can be prepared", async () => {
    await migrate(database.url);
    await client.query("set search_path to tidemark");
    const statements = registeredStatements();
    expect(statements.length).toBeGreaterThan(30);
    const refused: string[] = [];
    for (const { name, text } of statements) {
      await client
        .query(`prepare "${name}" as ${text}`)
        .catch((error: unknown) => refused.push(`${name}: ${String(error)}`));
    }
    expect(refused).toEqual([]);
  });

  it("the schema is the one that was written down", async () => {
    await migrate(database.url);
    await client.query("set search_path to tidemark");
    await expect(await describeSchema(client)).toMatchFileSnapshot("schema.txt");
  });
});
