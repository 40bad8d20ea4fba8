import type { GrantKey } from "../../src/ports/grants.ts";
import type { TokenStore } from "../../src/ports/store.ts";
import type { MemoryState, Part } from "./memory-store-state.ts";

export function memoryTokens(state: MemoryState): Part<TokenStore> {
  const nameOf = ({ credential, seed }: GrantKey) => `${credential} ${seed}`;
  return {
    storedToken: (key) => {
      const token = state.tokens.get(nameOf(key));
      return token === undefined ? null : { sealed: token.sealed, expiresInMs: token.endsAt - state.now() };
    },
    replaceToken: ({ sealed, expiresInMs, replaces, ...key }) => {
      const token = state.tokens.get(nameOf(key));
      if (token !== undefined && token.sealed !== replaces) return false;
      state.tokens.set(nameOf(key), { sealed, endsAt: state.now() + expiresInMs });
      return true;
    },
  };
}
