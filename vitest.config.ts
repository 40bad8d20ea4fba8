import { defineConfig } from "vitest/config";

/** Two projects: `unit` needs nothing but Node; `servers` runs on real Postgres and Kafka (found or started once). */
export default defineConfig({
  test: {
    reporters: ["default", "./test/support/closing-line.ts"],
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ["test/**/*.servers.test.ts"] },
      },
      {
        extends: true,
        test: {
          name: "servers",
          include: ["test/**/*.servers.test.ts"],
          globalSetup: ["./test/support/servers.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
