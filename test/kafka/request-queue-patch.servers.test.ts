import { randomUUID } from "node:crypto";
import { expect, inject, onTestFinished, test } from "vitest";
import { kafkaSubject } from "./kafka-subject.ts";

test("talking to Kafka arms no timer with a negative delay", async () => {
  const warnings: string[] = [];
  const note = ({ name }: Error) => warnings.push(name);
  process.on("warning", note);
  onTestFinished(() => void process.off("warning", note));
  await kafkaSubject(inject("brokers"), randomUUID()).brokers.clusterId();
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).not.toContain("TimeoutNegativeWarning");
});
