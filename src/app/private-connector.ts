import type { Privacy } from "../core/privacy.ts";
import type { Connector } from "../ports/connector.ts";

/**
 * The same connector under privacy rules: whatever it answers, in polls, sweeps and look-ups, has been through them before anything else of the app
 * sees it.
 */
export function privateConnector(connector: Connector, { answer }: Privacy): Connector {
  return {
    ...connector,
    poll: (context) => mapped(connector.poll(context), answer),
    sweep: (context) => mapped(connector.sweep(context), answer),
    get: async (ids, context) => answer(await connector.get(ids, context)),
  };
}

async function* mapped<Page, Result>(
  pages: AsyncGenerator<Page, Result, void>,
  change: (page: Page) => Page,
): AsyncGenerator<Page, Result, void> {
  try {
    for (;;) {
      const step = await pages.next();
      if (step.done === true) return step.value;
      yield change(step.value);
    }
  } finally {
    await pages.return(undefined as Result);
  }
}
