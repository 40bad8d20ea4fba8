import type { Observation } from "../../core/account.ts";
import type { ConnectorContext } from "../../ports/connector.ts";
import { lookUp } from "../look-up.ts";
import { mapLimited } from "../map-limited.ts";
import type { ObservedItems } from "../../sdk/observe-items.ts";
import { accountId, isDeleted, observe } from "./account.ts";
import { restApi } from "./api.ts";
import type { LookUpRequest, RestSettings } from "./settings.ts";
import { sweep } from "./sweep.ts";

const lookupsAtOnce = 4;

/** Looks accounts up one by one where the settings say how, else in a second list of all accounts, which must be complete, too. */
export function get(ids: readonly string[], context: ConnectorContext<RestSettings>): Promise<ObservedItems> {
  const request = context.settings.get;
  return request === undefined ? findInList(ids, context) : findByThemselves(ids, request, context);
}

function findByThemselves(
  ids: readonly string[],
  request: LookUpRequest,
  context: ConnectorContext<RestSettings>,
): Promise<ObservedItems> {
  const { settings } = context;
  const api = restApi(context);
  // As parts of an address these two stand for other addresses.
  const askable = ids.filter((id) => id !== "." && id !== "..");
  return lookUp(askable, {
    // The app asks for 100 ids at most; one more is the witness.
    idsAtOnce: 101,
    async witness() {
      const page = await api.everything(null);
      const living = page?.items.find((item) => {
        return accountId(item, settings).id !== null && !isDeleted(item, settings);
      });
      return accountId(living ?? null, settings).id;
    },
    async find(some) {
      const shown = await mapLimited(some, lookupsAtOnce, (id) => api.look(id, request));
      return { rows: shown.flat(), isWhole: true };
    },
    idOf: (item) => accountId(item, settings).id,
    observe: (id, item) => observe(id, item, settings),
  });
}

async function findInList(
  ids: readonly string[],
  context: ConnectorContext<RestSettings>,
): Promise<ObservedItems> {
  const found = new Map<string, Observation>(ids.map((id) => [id, { id, gone: true, at: null }]));
  const pages = sweep({ ...context, position: null });
  let isEmpty = true;
  for (;;) {
    const step = await pages.next();
    if (step.done === true) {
      // A list without any account proves nothing about these.
      const isProof = step.value.complete && !isEmpty;
      return { observations: isProof ? [...found.values()] : [], rejected: [] };
    }
    for (const observation of step.value.observations) {
      isEmpty = false;
      if (found.has(observation.id)) found.set(observation.id, observation);
    }
  }
}
