import { describe } from "vitest";
import { storeContract } from "../contract/store.ts";
import { freshStore } from "./fresh-store.ts";

describe("store on Postgres", () => {
  const { open } = freshStore();
  storeContract(open);
});
