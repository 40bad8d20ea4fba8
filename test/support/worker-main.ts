import { runShortLeaseWorker } from "./short-lease-worker.ts";

await runShortLeaseWorker();
