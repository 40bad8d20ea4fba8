import type { CompleteSweep, ConnectorContext, NotOfferedSweep, SweepPage } from "../../ports/connector.ts";
import { complete } from "../../sdk/complete.ts";
import { incompleteSweep } from "../../sdk/incomplete-sweep.ts";
import { notOffered } from "../../sdk/not-offered.ts";
import { observe } from "./account.ts";
import { type LumosApi, lumosApi } from "./api.ts";
import type { LumosPosition } from "./cursor.ts";
import { type LumosSettings, customOf } from "./settings.ts";
import { firstPage, isEmptyEnd, nextPage } from "./walk.ts";

/**
 * One pass over `list_accounts`. It is complete when the chain of pages ended by itself and an account that is not in it can be
 * told from one that is only deactivated: by looking it up, or because the operator says that the list has every account.
 */
export async function* sweep(
  context: ConnectorContext<LumosSettings> & { position: LumosPosition | null },
): AsyncGenerator<SweepPage<LumosPosition>, CompleteSweep | NotOfferedSweep, void> {
  const { settings } = context;
  const api = lumosApi(context, context.position?.limits);
  if (context.position === null && (await api.offers("list_accounts")) === false) return notOffered(noList);
  let position: LumosPosition = context.position ?? {
    walk: firstPage,
    size: settings.pageSize,
    unidentified: 0,
    sample: null,
    limits: {},
  };
  while (position.walk !== null) {
    const { walk, size } = position;
    const read = () => api.page("list_accounts", customOf(settings), { token: walk.token, size });
    let answer = await read();
    // Nothing counts the accounts.
    if (answer.refused === null && isEmptyEnd(answer)) answer = await read();
    if (answer.refused === "not-offered") return notOffered(noList);
    if (answer.refused !== null) {
      if (walk.token === null) throw answer.error;
      throw incompleteSweep(`a page was refused: ${answer.error.message}`);
    }
    const next = nextPage(walk, answer.nextToken);
    if (next === "circle") throw incompleteSweep("a page token came a second time");
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
  if (position.unidentified > 0) throw incompleteSweep(`${position.unidentified} accounts have no usable id`);
  if (!settings.listsEveryAccount && !(await canLookUp(api, position.sample))) {
    return notOffered(
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
