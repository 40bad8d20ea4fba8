/** A process that starts servers in a folder and stays: `node start-and-stay.ts <folder> <jars>`. */
import { lockFolder } from "../../../src/sandbox/servers/folder-lock.ts";
import { startKafka } from "../../../src/sandbox/servers/native-kafka.ts";
import { startPostgres } from "../../../src/sandbox/servers/native-postgres.ts";

const [path = "", jars = ""] = process.argv.slice(2);
const say = () => undefined;
const { folder } = lockFolder(path);
const [postgres, kafka] = await Promise.all([
  startPostgres({ folder, say }),
  startKafka({ folder, jars, say }),
]);
console.log(
  JSON.stringify({ pids: [postgres.pid(), kafka.pid()], url: postgres.url, brokers: kafka.brokers }),
);
setInterval(() => undefined, 1_000);
