import { type Measurement, counted, figure } from "../figure.ts";
import { type WatchedUpstream, loadedSource } from "../loaded-source.ts";
import { until } from "../until.ts";
import { type Upstream, centurySource } from "../world.ts";

/** What every pass over a CENTURY organisation costs when nothing has changed: it can only be read as a whole. */
export const century: Measurement = async (world, { accounts }) => {
  await using upstream = await world.upstream(accounts, "century");
  await using source = await loadedSource(world, accounts, watched(upstream));
  const { seconds, cpuMicros, peakMb, rowsWritten } = await source.readAgain("sweep");
  const requests = (await upstream.control.requests()).length;
  const name = `CENTURY sweep of ${counted(accounts)} accounts without changes`;
  return [
    figure(name, seconds, "s"),
    figure(`${name}, requests`, requests, "requests"),
    figure(`${name}, CPU`, cpuMicros, "µs/account"),
    figure(`${name}, peak memory`, peakMb, "MB"),
    figure(`${name}, writes to account`, rowsWritten.account, "rows"),
    figure(`${name}, writes to journal`, rowsWritten.journal, "rows"),
  ];
};

function watched({ baseUrl, control }: Upstream): WatchedUpstream {
  return {
    source: centurySource(baseUrl),
    forget: control.clearRequests,
    async firstAskedAt() {
      await until(async () => (await control.requests()).length > 0);
      const [first] = await control.requests();
      return Date.parse(first?.at ?? "");
    },
  };
}
