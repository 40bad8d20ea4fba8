import { defineConfig } from "vitest/config";

const onServers = ["test/**/*.servers.test.ts", "test/**/*.faults.test.ts"];

/**
 * Two projects: `unit` needs nothing but Node; `servers` runs on real Postgres and Kafka (found or started once), and breaks some:
 * the rounds of the fault scenarios are those of continuous integration, `npm run test:faults` plays more.
 */
export default defineConfig({
  // As in tsconfig.json: `tidemark/…` is its source here, not what was compiled for the package.
  ssr: { resolve: { conditions: ["tidemark-source"] } },
  test: {
    reporters: ["default", "./test/support/closing-line.ts"],
    // What is awaited comes: the default second is too short on a machine that does much else.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: onServers,
          // Some start programs or play hundreds of cases: up to 2 s here, and the default 5 s are not enough where it takes three times as long.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "servers",
          include: onServers,
          globalSetup: ["./test/support/servers.ts"],
          // Longer than the longest wait within a test (120 s), which tells what has not come; the slowest take 40 s here.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
