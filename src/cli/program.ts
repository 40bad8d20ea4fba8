import { Command } from "commander";
import { version } from "../version.ts";
import { apply } from "./apply.ts";
import { type CommandOutcome, commandBuilder } from "./command-builder.ts";
import { cursorCommands } from "./cursor-commands.ts";
import { doctor } from "./doctor.ts";
import { holdCommands } from "./hold-commands.ts";
import { intentCommands } from "./intent-commands.ts";
import { migrate } from "./migrate.ts";
import { quarantineCommands } from "./quarantine-commands.ts";
import { repair } from "./repair.ts";
import { replayCommands } from "./replay-commands.ts";
import { run } from "./run.ts";
import { sandbox } from "./sandbox.ts";
import { schema } from "./schema.ts";
import { simulate } from "./simulate.ts";
import { snapshotCommands } from "./snapshot-commands.ts";
import { sourceCommands } from "./source-commands.ts";
import { status } from "./status.ts";
import { tail } from "./tail.ts";
import { wordsOf } from "./words-of.ts";

/** The command line: every verb with its options and an example. */
export function program(outcome: CommandOutcome): Command {
  const tidemark = new Command("tidemark")
    .description("Account changes on Kafka: exactly once, in order per account.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", "\nExample:\n  $ tidemark run --config tidemark.yaml")
    .exitOverride()
    .showHelpAfterError("(tidemark --help lists the commands)")
    .showSuggestionAfterError()
    .hook("preAction", (_tidemark, called) => void (outcome.called = wordsOf(called)));

  const build = commandBuilder(outcome);
  const { command, withConfig, withOutput, does } = build;

  withConfig(
    command(
      tidemark,
      "run",
      "Poll, diff, journal and publish; health and metrics over HTTP",
      "run --config tidemark.yaml",
    ),
  )
    .option("--no-http", "no health and metrics endpoint")
    .option("--no-worker", "health and metrics only")
    .option("--http-port <port>", "port of health and metrics")
    .action(does(run));
  withConfig(command(tidemark, "migrate", "Bring the database to this version's schema", "migrate")).action(
    does(migrate),
  );
  withOutput(
    withConfig(command(tidemark, "apply", "Add and change sources as the file says", "apply --dry-run")),
  )
    .option("--dry-run", "show what would change, and change nothing")
    .option("--prune", "remove paused sources that the file has not")
    .action(does(apply));
  withOutput(
    withConfig(command(tidemark, "status", "Workers, shards and sources at a glance", "status --watch")),
  )
    .option("-w, --watch", "again every 2 s, until Ctrl-C")
    .action(does(status));
  withOutput(
    withConfig(
      command(
        tidemark,
        "doctor",
        "Examine configuration, database, brokers, workers, sources and upstreams",
        "doctor --source acme-hr",
      ),
    ),
  )
    .option("--source <name>", "ask the upstream of this source only")
    .action(does(doctor));
  withOutput(
    withConfig(command(tidemark, "tail", "Print committed events as they arrive", "tail --from beginning")),
  )
    .option("--from <where>", "beginning or now", "now")
    .option("--source <name>", "events of one source only")
    .action(does(tail));
  withOutput(
    withConfig(
      command(
        tidemark,
        "repair",
        "Say where database and Kafka contradict, and repair what is agreed to",
        "repair --dry-run",
      ),
    ),
  )
    .option("--dry-run", "look, and say what would be done")
    .option("--shard <number>", "only this shard")
    .option("--from-kafka", "bring back what the database has lost")
    .option("--republish-from <seq>", "publish again what the topics lack from this\nevent on")
    .action(does(repair));
  command(
    tidemark,
    "sandbox",
    "Real servers, simulated upstreams and a worker, in one command",
    "sandbox --duration 60",
  )
    .option("--duration <seconds>", "end by itself, with a verdict")
    .option("--fresh", "discard what earlier runs have left")
    .action(does(sandbox));
  command(
    tidemark,
    "simulate <upstream>",
    "Serve a simulated upstream: sailpoint, bamboohr, lumos, kombo, century or rest",
    "simulate sailpoint --port 8081",
  )
    .option("--port <port>", "where to listen", "0")
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--accounts <count>", "accounts to begin with", "1000")
    .option("--churn <perSecond>", "changes per second", "1")
    .option("--state <file>", "where to keep the truth between runs")
    .option("--style <style>", "how the settings for rest read its list, such as cursor or linkHeader")
    .action(does(simulate));
  command(tidemark, "schema", "Describe the events: JSON Schema or AsyncAPI", "schema --format asyncapi")
    .option("--format <format>", "json-schema or asyncapi", "json-schema")
    .action(does(schema));
  command(tidemark, "version", "Print the version", "version").action(() => console.log(version));

  sourceCommands(tidemark, build);
  snapshotCommands(tidemark, build);
  cursorCommands(tidemark, build);
  intentCommands(tidemark, build);
  holdCommands(tidemark, build);
  quarantineCommands(tidemark, build);
  replayCommands(tidemark, build);
  return tidemark;
}
