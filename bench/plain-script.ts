// What people write today: fetch a page, send it, remember the cursor. No diff, no state, no deletes, nothing exact.
// With an interval it then goes on asking what changed since.
import { setTimeout as delay } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { Client } from "pg";
import { fetch } from "undici";

const [baseUrl = "", postgresUrl = "", broker = "", topic = "", everyMs] = process.argv.slice(2);

interface Account {
  id: string;
  modified: string;
}

const database = new Client({ connectionString: postgresUrl });
await database.connect();
await database.query("create table if not exists cursor (name text primary key, value text)");
const producer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).producer({
  allowAutoTopicCreation: false,
});
await producer.connect();

const granted = await fetch(`${new URL(baseUrl).origin}/oauth/token`, {
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: "grant_type=client_credentials&client_id=client&client_secret=secret",
});
const { access_token: token } = (await granted.json()) as { access_token: string };

const startedAt = new Date().toISOString();
for (let offset = 0; ;) {
  const page = await get(`limit=250&offset=${offset}&sorters=id`);
  if (page.length === 0) break;
  await send(page);
  offset += page.length;
  await remember(String(offset));
}
if (everyMs !== undefined) await follow(startedAt, Number(everyMs));
await producer.disconnect();
await database.end();
process.exit(0);

async function follow(since: string, everyMs: number): Promise<never> {
  for (let watermark = since; ;) {
    await delay(everyMs);
    const filters = encodeURIComponent(`modified gt ${watermark}`);
    const page = await get(`limit=250&offset=0&filters=${filters}&sorters=modified,id`);
    if (page.length > 0) await send(page);
    watermark = page.at(-1)?.modified ?? watermark;
    await remember(watermark);
  }
}

async function get(query: string): Promise<Account[]> {
  const response = await fetch(`${baseUrl}/accounts?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return (await response.json()) as Account[];
}

async function send(page: readonly Account[]): Promise<void> {
  await producer.send({
    topic,
    messages: page.map((account) => ({ key: `plain/${account.id}`, value: JSON.stringify(account) })),
  });
}

async function remember(value: string): Promise<void> {
  await database.query(
    "insert into cursor (name, value) values ('plain', $1) on conflict (name) do update set value = excluded.value",
    [value],
  );
}
