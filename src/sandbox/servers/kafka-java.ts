import { join } from "node:path";

const logging = join(import.meta.dirname, "../../../ops/kafka/log4j2.properties");

/** The words that start a Kafka program of `jars` on `java`; options, its main class and its arguments follow. */
export function kafkaJava(java: string, jars: string): string[] {
  return [java, "-cp", join(jars, "*"), `-Dlog4j2.configurationFile=${logging}`];
}
