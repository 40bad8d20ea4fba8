import { defineConfig } from "vitest/config";

const onServers = ["test/**/*.servers.test.ts", "test/**/*.faults.test.ts"];

/**
 * Two projects: `unit` needs nothing but Node; `servers` runs on real Postgres and Kafka (found or started once), and breaks some:
 * the rounds of the fault scenarios are those of continuous integration, `npm run test:faults` plays more.
 */
export default defineConfig({
  test: {
    reporters: ["default", "./test/support/closing-line.ts"],
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["test/**/*.test.ts"], exclude: onServers },
      },
      {
        extends: true,
        test: {
          name: "servers",
          include: onServers,
          globalSetup: ["./test/support/servers.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
