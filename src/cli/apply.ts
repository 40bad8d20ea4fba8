import { prepareInstallation } from "../app/prepare-installation.ts";
import { wantedInstallation } from "../config.ts";
import { wireStore } from "../wire.ts";
import { type ConfigOption, type OutputOption, configOf, isJson } from "./options.ts";

/** `tidemark apply`: adds and changes sources as the file says. */
export async function apply(options: ConfigOption & OutputOption): Promise<number> {
  const json = isJson(options);
  const config = configOf(options);
  const store = wireStore(config);
  try {
    const { applied } = await prepareInstallation(wantedInstallation(config), store);
    if (json) {
      console.log(JSON.stringify(applied));
      return 0;
    }
    for (const name of applied.added) console.log(`added      ${name}`);
    for (const name of applied.changed) console.log(`changed    ${name}`);
    for (const name of applied.unchanged) console.log(`unchanged  ${name}`);
    if (Object.keys(config.sources).length === 0) console.log("the configuration has no sources");
    return 0;
  } finally {
    await store.close();
  }
}
