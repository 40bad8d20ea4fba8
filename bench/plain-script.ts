// What people write today: fetch a page, send it, remember the cursor. No diff, no state, no deletes, nothing exact.
import { Kafka, logLevel } from "kafkajs";
import { Client } from "pg";
import { fetch } from "undici";

const [baseUrl = "", postgresUrl = "", broker = "", topic = ""] = process.argv.slice(2);

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

for (let offset = 0; ;) {
  const url = `${baseUrl}/accounts?limit=250&offset=${offset}&sorters=id`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const page = (await response.json()) as { id: string }[];
  if (page.length === 0) break;
  await producer.send({
    topic,
    messages: page.map((account) => ({ key: `plain/${account.id}`, value: JSON.stringify(account) })),
  });
  offset += page.length;
  await database.query(
    "insert into cursor (name, value) values ('plain', $1) on conflict (name) do update set value = excluded.value",
    [String(offset)],
  );
}
await producer.disconnect();
await database.end();
process.exit(0);
