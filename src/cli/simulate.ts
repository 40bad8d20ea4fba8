import { dump } from "js-yaml";
import { ConfigError } from "../core/errors.ts";
import { nearestName } from "../core/faults.ts";
import { simulators } from "../sandbox/simulators.ts";
import { numberOption } from "./options.ts";
import { stopSignal } from "./stop-signal.ts";

interface SimulateOptions {
  port: string;
  host: string;
  accounts: string;
  churn: string;
  state?: string;
  style?: string;
}

/** `tidemark simulate <upstream>`: serves one simulated upstream until it is asked to stop; says which settings fit it. */
export async function simulate(upstream: string, options: SimulateOptions): Promise<number> {
  const stop = stopSignal();
  if (!isSimulated(upstream)) {
    const known = Object.keys(simulators);
    const near = nearestName(upstream, known);
    const hint = near === null ? `known are ${known.join(", ")}` : `did you mean ${near}?`;
    throw new ConfigError("TIDEMARK_USAGE", [`there is no simulated ${upstream}; ${hint}`]);
  }
  const { start, settings, styles = [] } = simulators[upstream];
  if (options.style !== undefined && !styles.includes(options.style)) {
    const which = styles.length === 0 ? "there are none" : `there are ${styles.join(", ")}`;
    throw new ConfigError("TIDEMARK_USAGE", [`${upstream} has no style ${options.style}; ${which}`]);
  }
  const running = await start({
    port: numberOption("--port", options.port, 0, 65_535),
    host: options.host,
    accounts: numberOption("--accounts", options.accounts, 0),
    churnPerSecond: numberOption("--churn", options.churn, 0),
    ...(options.state === undefined ? {} : { file: options.state }),
  });
  const url = `http://${options.host}:${running.port}`;
  console.log(`simulated ${upstream} at ${url}, control port under /_control/`);
  const source = { connector: upstream, settings: settings(url, options.style) };
  console.log(`a source that watches it:\n\n${dump({ sources: { simulated: source } })}`);
  if (!stop.aborted)
    await new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
  await running.close();
  return 0;
}

function isSimulated(upstream: string): upstream is keyof typeof simulators {
  return Object.hasOwn(simulators, upstream);
}
