import { randomInt } from "node:crypto";

/** The seed of a random test: another one in every run, unless `TIDEMARK_TEST_SEED` repeats one (CI takes the commit's). */
export const seed = Number(process.env["TIDEMARK_TEST_SEED"] ?? randomInt(2 ** 31));
