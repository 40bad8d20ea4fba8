import type { Connector } from "../../src/ports/connector.ts";
import { type Port, failpoints } from "./failpoints.ts";

/** Called whenever a failpoint is passed; what it throws, the port throws. */
export type Reach = (failpoint: string) => void;

/** The port as it is, with a failpoint before and after everything that lasts. */
export function throughFailpoints<Implementation extends object>(
  port: Port,
  implementation: Implementation,
  reach: Reach,
): Implementation {
  const members = Object.entries(implementation).map(([member, value]: [string, unknown]) => {
    const name = `${port}.${member}`;
    if (typeof value !== "function" || !failpoints.includes(`before:${name}`)) return [member, value];
    return [
      member,
      async (...words: unknown[]) => {
        reach(`before:${name}`);
        const result: unknown = await value(...words);
        reach(`after:${name}`);
        return result;
      },
    ];
  });
  return Object.fromEntries(members) as Implementation;
}

/** The connector as it is, with a failpoint before each pass and after each page of it. */
export function connectorThroughFailpoints(connector: Connector, reach: Reach): Connector {
  return {
    ...throughFailpoints("connector", connector, reach),
    poll: (context) => paged("connector.poll", connector.poll(context), reach),
    sweep: (context) => paged("connector.sweep", connector.sweep(context), reach),
  };
}

async function* paged<Page, Result>(
  name: string,
  pages: AsyncGenerator<Page, Result, void>,
  reach: Reach,
): AsyncGenerator<Page, Result, void> {
  reach(`before:${name}`);
  try {
    for (;;) {
      const step = await pages.next();
      if (step.done === true) return step.value;
      reach(`after:${name}`);
      yield step.value;
    }
  } finally {
    // Ends the pass where its reader has left it; after its end this does nothing.
    await pages.return(undefined as Result);
  }
}
