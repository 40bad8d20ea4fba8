import type { Config } from "../config-schema.ts";
import { ConfigError, TidemarkError } from "../core/errors.ts";
import { type Finding, fault, fine, warning } from "../core/finding.ts";
import { resolveReferences } from "../secrets.ts";
import { sourcePrivacy } from "../source-privacy.ts";
import { counted } from "./counted.ts";
import { type ConfigOption, configOf } from "./options.ts";

/** What is told of the configuration, and the configuration, unless it cannot be used. */
export function configurationFindings(
  options: ConfigOption,
  env: NodeJS.ProcessEnv,
): { config: Config | null; findings: Finding[] } {
  try {
    const config = configOf(options);
    const count = Object.keys(config.sources).length;
    const valid = fine("configuration", `it is valid, and has ${counted(count, "source")}`);
    return { config, findings: [valid, ...secretFindings(config, env)] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const whatToDo = `Correct it in ${options.config}: see docs/settings.md.`;
    return {
      config: null,
      findings: error.faults.map((message) => fault("configuration", { message, whatToDo })),
    };
  }
}

/** Whether the secrets of sources can be read here; their values are not looked at. */
function secretFindings({ sources }: Config, env: NodeJS.ProcessEnv): Finding[] {
  return Object.entries(sources).flatMap(([name, { settings, privacy = null }]) => {
    const unread = resolveReferences(settings, env).faults.map((unreadable) => `settings.${unreadable}`);
    try {
      sourcePrivacy({ privacy }, env);
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      unread.push(error.message);
    }
    return unread.map((message) =>
      warning("configuration", {
        subject: `sources.${name}`,
        message,
        whatToDo: "Only workers need it: see that each of them has it. See docs/settings.md.",
      }),
    );
  });
}
