import { setTimeout as pause } from "node:timers/promises";

/** One whole message that has arrived at the proxy and has not left it. */
export interface Passage {
  /** Whose it is, where the protocol says so. */
  readonly of: string | null;
  readonly bytes: Buffer;
  /** Sends it on, or only some of it; does nothing when the other side has gone. */
  forward(some?: Buffer): void;
  /** Breaks the connection. */
  cut(): void;
  /** Breaks it for the client; what is on its way to the server still arrives. */
  cutClient(): void;
}

/** What is done to a message. One that is not forwarded is lost. */
export type Strike = (passage: Passage) => void | Promise<void>;

/** It never arrives, and nobody is told. */
export const drop: Strike = () => undefined;

/** It arrives late, and everything after it on its connection too. */
export function delay(ms: number): Strike {
  return async ({ forward }) => {
    await pause(ms);
    forward();
  };
}

/** The connection breaks before it. */
export const cut: Strike = ({ cut }) => cut();

/** It arrives, but the connection breaks for the client. */
export const forwardThenCut: Strike = ({ forward, cutClient }) => {
  forward();
  cutClient();
};

/** The connection breaks in the middle of it. */
export const cutInHalf: Strike = ({ bytes, forward, cutClient }) => {
  forward(bytes.subarray(0, Math.floor(bytes.length / 2)));
  cutClient();
};
