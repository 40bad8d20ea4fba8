import { RetryableError } from "../../core/errors.ts";
import type { CompleteSweep, ConnectorContext, SweepPage } from "../../ports/connector.ts";
import { complete } from "../../sdk/complete.ts";
import { observe } from "./account.ts";
import { type LumosApi, lumosApi } from "./api.ts";
import type { LumosPosition } from "./cursor.ts";
import { type LumosSettings, customOf } from "./settings.ts";
import { firstPage, nextPage } from "./walk.ts";

/** What a connector does not offer it will not offer in a minute either. */
const notOfferedPauseMs = 86_400_000;

/**
 * One pass over `list_accounts`. It is complete when the chain of pages ended by itself and an account that is not in it can be
 * told from one that is only deactivated: by looking it up, or because the operator says that the list has every account.
 */
export async function* sweep(
  context: ConnectorContext<LumosSettings> & { position: LumosPosition | null },
): AsyncGenerator<SweepPage<LumosPosition>, CompleteSweep, void> {
  const { settings } = context;
  const api = lumosApi(context, context.position?.limits);
  if (context.position === null && (await api.offers("list_accounts")) === false) throw noProof(noList);
  let position: LumosPosition = context.position ?? {
    walk: firstPage,
    size: settings.pageSize,
    unidentified: 0,
    sample: null,
    limits: {},
  };
  while (position.walk !== null) {
    const { walk, size } = position;
    const answer = await api.page("list_accounts", customOf(settings), { token: walk.token, size });
    if (answer.refused === "not-offered") throw noProof(noList);
    if (answer.refused !== null) {
      if (walk.token === null) throw answer.error;
      throw incomplete(`a page was refused: ${answer.error.message}`);
    }
    const next = nextPage(walk, answer.nextToken);
    if (next === "circle") throw incomplete("a page token came a second time");
    const { observations, rejected } = observe(answer.accounts);
    position = {
      ...position,
      walk: next === "end" ? null : next,
      unidentified: position.unidentified + rejected.length,
      sample: observations.at(-1)?.id ?? position.sample,
      limits: api.limits(),
    };
    yield { observations, rejected, position };
  }
  if (position.unidentified > 0) throw incomplete(`${position.unidentified} accounts have no usable id`);
  if (!settings.listsEveryAccount && !(await canLookUp(api, position.sample))) {
    throw noProof(
      "list_accounts leaves deactivated accounts out, and get_account cannot tell them from deleted ones",
    );
  }
  return complete();
}

const noList = "the connector offers no list_accounts";

async function canLookUp(api: LumosApi, sample: string | null): Promise<boolean> {
  if (sample === null) return true;
  const looked = await api.account(sample);
  return looked !== "not-offered" && looked !== "forbidden";
}

function incomplete(why: string, retryAfterMs: number | null = null): RetryableError {
  return new RetryableError(
    "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE",
    `The sweep cannot prove that it saw every account: ${why}`,
    { retryAfterMs },
  );
}

function noProof(why: string): RetryableError {
  return incomplete(why, notOfferedPauseMs);
}
