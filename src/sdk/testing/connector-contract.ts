import type { ContractRule } from "./contract-rule.ts";
import type { ContractSubject } from "./contract-subject.ts";
import { documentRules } from "./document-rules.ts";
import { lookBackRules } from "./look-back-rules.ts";
import { lookUpRules } from "./look-up-rules.ts";
import { readingRules } from "./reading-rules.ts";
import { stoppingRules } from "./stopping-rules.ts";
import { sweepRules } from "./sweep-rules.ts";
import { startTrial } from "./trial.ts";
import { troubleRules } from "./trouble-rules.ts";

/** One case of the contract, for any test runner. */
export interface ContractCase {
  /** A sentence about the connector. */
  name: string;
  /** Why it does not apply, to be shown by the test runner; null when it does. */
  skip: string | null;
  /** @throws Error that says what was expected and what happened; also when it is to be skipped */
  run(): Promise<void>;
}

/**
 * What every connector must hold, over the author's simulated service and real HTTP: hand each case to a test runner.
 * Each starts the service anew, and puts a server before it that strikes its answers.
 */
export function connectorContract(subject: ContractSubject): ContractCase[] {
  const rules = [
    ...readingRules,
    ...lookBackRules,
    ...sweepRules,
    ...troubleRules,
    ...stoppingRules,
    ...lookUpRules,
    ...documentRules,
  ];
  return rules.map((rule) => caseOf(rule, subject));
}

function caseOf(rule: ContractRule, subject: ContractSubject): ContractCase {
  const { name } = rule;
  const skip = rule.whyNot?.(subject) ?? null;
  return {
    name,
    skip,
    async run() {
      if (skip !== null) throw new Error(`${name}: to be skipped, since ${skip}`);
      const trial = await startTrial(subject, rule.accounts ?? subject.upstream.accounts);
      try {
        await rule.run(trial, subject);
      } catch (cause) {
        const what = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`${subject.connector.name}: ${name}: ${what}`, { cause });
      } finally {
        await trial.close();
      }
    },
  };
}
