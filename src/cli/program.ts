import { Command } from "commander";
import { version } from "../version.ts";
import { apply } from "./apply.ts";
import { askSource } from "./ask-source.ts";
import { decideHold, listHolds, showHold } from "./hold.ts";
import { migrate } from "./migrate.ts";
import { discard, listQuarantine, redrive, showQuarantined } from "./quarantine.ts";
import { repair } from "./repair.ts";
import { run } from "./run.ts";
import { sandbox } from "./sandbox.ts";
import { simulate } from "./simulate.ts";
import { status } from "./status.ts";
import { tail } from "./tail.ts";

/** What a command leaves for the process to exit with. */
export interface CommandOutcome {
  exitCode: number;
}

/** The command line: every verb with its options and an example. */
export function program(outcome: CommandOutcome): Command {
  const tidemark = new Command("tidemark")
    .description("Account changes on Kafka: exactly once, in order per account.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this")
    .addHelpText("after", "\nExample:\n  $ tidemark run --config tidemark.yaml")
    .exitOverride()
    .showHelpAfterError("(tidemark --help lists the commands)")
    .showSuggestionAfterError();

  const command = (parent: Command, name: string, summary: string, example: string) =>
    parent
      .command(name)
      .description(summary)
      .exitOverride()
      .addHelpText("after", `\nExample:\n  $ tidemark ${example}`);
  const withConfig = (verb: Command) =>
    verb.option(
      "-c, --config <file>",
      "configuration file",
      process.env["TIDEMARK_CONFIG"] ?? "tidemark.yaml",
    );
  const withOutput = (verb: Command) => verb.option("-o, --output <format>", "table or json", "table");
  /** Runs a command and keeps its exit code. */
  const does = <Arguments extends unknown[]>(act: (...given: Arguments) => Promise<number>) => {
    return async (...given: Arguments) => {
      outcome.exitCode = await act(...given);
    };
  };

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
    withConfig(
      command(
        tidemark,
        "apply",
        "Add and change sources as the file says; never removes",
        "apply --config tidemark.yaml",
      ),
    ),
  ).action(does(apply));
  withOutput(
    withConfig(command(tidemark, "status", "Workers, shards and sources at a glance", "status")),
  ).action(does(status));
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
  command(tidemark, "version", "Print the version", "version").action(() => console.log(version));

  const source = command(tidemark, "source", "Steer one source", "source resume acme-hr");
  for (const [verb, summary] of [
    ["resume", "Let a halted source go on, after its cause was removed"],
    ["poll", "Poll now"],
    ["sweep", "Sweep now"],
  ] as const) {
    withConfig(command(source, `${verb} <name>`, summary, `source ${verb} acme-hr`)).action(
      does((name: string, options: { config: string }) => askSource(verb, name, options)),
    );
  }

  const hold = command(tidemark, "hold", "Decide about changes that wait for a person", "hold list");
  withOutput(withConfig(command(hold, "list", "Everything that is on hold", "hold list"))).action(
    does(listHolds),
  );
  withOutput(
    withConfig(command(hold, "show <id>", "One hold: why, and the first of its accounts", "hold show 3")),
  ).action(does(showHold));
  for (const [verb, summary] of [
    ["approve", "Let the changes of a hold happen"],
    ["reject", "Keep the accounts of a hold as they are"],
  ] as const) {
    withOutput(withConfig(command(hold, `${verb} <id>`, summary, `hold ${verb} 3 --note "asked HR"`)))
      .option("--note <text>", "why, for the record")
      .action(does((id: string, options: Parameters<typeof decideHold>[2]) => decideHold(verb, id, options)));
  }

  const quarantine = command(
    tidemark,
    "quarantine",
    "Look at what could not be understood, and decide about it",
    "quarantine list",
  );
  withOutput(
    withConfig(
      command(quarantine, "list [source]", "What is in quarantine, newest first", "quarantine list"),
    ),
  ).action(does(listQuarantine));
  withOutput(
    withConfig(
      command(quarantine, "show <id>", "One item as the upstream has sent it, and why", "quarantine show 12"),
    ),
  ).action(does(showQuarantined));
  for (const [verb, summary, act] of [
    ["redrive", "Look accounts up again: all of a source, or of one item", redrive],
    ["discard", "Forget items: all of a source, or one", discard],
  ] as const) {
    const example = `quarantine ${verb} 12 --note "the export is repaired"`;
    withOutput(withConfig(command(quarantine, `${verb} <source|id>`, summary, example)))
      .option("--note <text>", "why, for the record")
      .action(does(act));
  }
  return tidemark;
}
