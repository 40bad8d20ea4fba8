import { wireMigrate } from "../wire.ts";
import { type ConfigOption, configOf } from "./options.ts";

/** `tidemark migrate`: brings the database to this version's schema. */
export async function migrate(options: ConfigOption): Promise<number> {
  const applied = await wireMigrate(configOf(options), console.log);
  console.log(applied.length === 0 ? "the database is up to date" : `${applied.length} migrations applied`);
  return 0;
}
