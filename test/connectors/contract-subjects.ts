import { bamboohr } from "../../src/connectors/bamboohr/index.ts";
import { century } from "../../src/connectors/century/index.ts";
import { kombo } from "../../src/connectors/kombo/index.ts";
import { lumos } from "../../src/connectors/lumos/index.ts";
import { sailpoint } from "../../src/connectors/sailpoint/index.ts";
import type { JsonValue } from "../../src/core/json.ts";
import * as bambooHrAnswer from "../../src/sandbox/upstreams/bamboohr/answer.ts";
import { startBambooHr } from "../../src/sandbox/upstreams/bamboohr/index.ts";
import { editItems as editCenturyUsers, startCentury } from "../../src/sandbox/upstreams/century/index.ts";
import { editItems as editKomboUsers, startKombo } from "../../src/sandbox/upstreams/kombo/index.ts";
import * as lumosAnswer from "../../src/sandbox/upstreams/lumos/envelope.ts";
import { startLumos } from "../../src/sandbox/upstreams/lumos/index.ts";
import type { CommonBehaviour } from "../../src/sandbox/upstreams/protocol.ts";
import { editItems as editAccounts, startSailPoint } from "../../src/sandbox/upstreams/sailpoint/index.ts";
import type { SimulatedUpstream } from "../../src/sandbox/upstreams/simulator.ts";
import type { Item } from "../../src/sandbox/upstreams/vendor.ts";
import type { ContractSubject, ContractUpstream, RunningUpstream } from "../../src/sdk/testing/index.ts";

const behaviour = { rateLimit: null };

/** The five connectors, each with its simulated service. */
export const contractSubjects: readonly ContractSubject[] = [
  {
    connector: sailpoint,
    settings: (url) => ({ baseUrl: `${url}/v3`, clientId: "client", clientSecret: "sail-secret" }),
    secrets: ["sail-secret"],
    upstream: {
      start: (accounts) =>
        running(startSailPoint({ accounts, clientSecret: "sail-secret", behaviour }), "name"),
      accounts: 700,
      isTokenRequest: (_method, path) => path === "/oauth/token",
      withoutItems: () => [],
      editItems: editing(editAccounts),
      wordMember: "origin",
    },
  },
  {
    connector: bamboohr,
    settings: (url) => ({ baseUrl: url, apiKey: "bamboo-key" }),
    secrets: ["bamboo-key"],
    upstream: {
      start: (accounts) => running(startBambooHr({ accounts, apiKey: "bamboo-key" }), "workEmail"),
      accounts: 250,
      withoutItems: (answer) => bambooHrAnswer.withoutItems(answer) as JsonValue,
      editItems: editing(bambooHrAnswer.editItems),
      wordMember: "status",
    },
  },
  {
    connector: kombo,
    settings: (url) => ({ baseUrl: `${url}/v1`, apiKey: "kombo-key", integrationId: "workday:acme" }),
    secrets: ["kombo-key"],
    upstream: {
      start: (accounts) => running(startKombo({ accounts, apiKey: "kombo-key", behaviour }), "email"),
      accounts: 600,
      withoutItems: () => ({ status: "success", data: { next: null, results: [] } }),
      editItems: editing(editKomboUsers),
      wordMember: "status",
    },
  },
  {
    connector: lumos,
    settings: (url) => ({
      baseUrl: url,
      connectorId: "acme",
      auth: { token: { token: "lumos-token" } },
      pageSize: 40,
    }),
    secrets: ["lumos-token"],
    upstream: {
      start: (accounts) =>
        running(
          startLumos({
            accounts,
            credential: { token: { token: "lumos-token" } },
            behaviour: { listsDeactivated: true },
          }),
          "email",
        ),
      accounts: 130,
      withoutItems: (answer) => lumosAnswer.withoutItems(answer) as JsonValue,
      editItems: editing(lumosAnswer.editItems),
      wordMember: "user_status",
    },
  },
  {
    connector: century,
    settings: (url) => ({ baseUrl: `${url}/api/v1`, apiKey: "century-key" }),
    secrets: ["century-key"],
    upstream: {
      start: (accounts) => running(startCentury({ accounts, apiKey: "century-key", behaviour }), "firstName"),
      accounts: 250,
      withoutItems: () => ({
        data: [],
        pagination: { total: 0, limit: 100, offset: 0, nextCursor: null, previousCursor: null },
      }),
      editItems: editing(editCenturyUsers),
    },
  },
];

/** A simulated upstream as the contract suite sees it. @param text A member that the connector reads. */
export async function running<Behaviour extends CommonBehaviour>(
  starting: Promise<SimulatedUpstream<Behaviour>>,
  text: string,
): Promise<RunningUpstream> {
  const { url, control, close } = await starting;
  const touched = new Set<string>();
  const ids = async () => (await control.truth()).accounts.map(({ id }) => id);
  return {
    url,
    ids,
    close,
    async mutate({ insert = 0, update = 0, delete: remove = 0 }) {
      const some = (await ids()).filter((id) => !touched.has(id));
      const changes = [
        ...some
          .slice(0, update)
          .map((id) => ({ op: "update" as const, id, changes: { [text]: `changed-${id}` } })),
        ...some.slice(update, update + remove).map((id) => ({ op: "delete" as const, id })),
      ];
      const made = await control.mutate({ insert, changes });
      for (const { id } of made) touched.add(id);
      return made;
    },
  };
}

function editing(
  editItems: (answer: unknown, edit: (item: Item, index: number) => Item) => unknown,
): NonNullable<ContractUpstream["editItems"]> {
  return (answer, edit) => editItems(answer, edit as (item: Item, index: number) => Item) as JsonValue;
}
