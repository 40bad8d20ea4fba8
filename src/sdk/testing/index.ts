/** What an author needs to test a connector, with any test runner. */
export { type ContractCase, connectorContract } from "./connector-contract.ts";
export type {
  ContractChange,
  ContractItem,
  ContractSubject,
  ContractUpstream,
  RunningUpstream,
} from "./contract-subject.ts";
export {
  type EndedPass,
  type EndedSweep,
  type PassOptions,
  type TestContext,
  testContext,
} from "./test-context.ts";
