import {
  appendFileSync,
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  truncateSync,
} from "node:fs";
import { dirname } from "node:path";
import type { AccountRecord, Version } from "./truth.ts";

/** Where a simulator keeps its truth and its clock between runs: JSON lines, only ever appended. */
export interface TruthFile {
  /** Hands over what earlier runs wrote, oldest first. Called once, before anything is appended. */
  replay(onVersion: (version: Version) => void, onClock: (offsetMs: number) => void): Promise<void>;
  /** Returns when the operating system has the lines, so that killing this process loses none. */
  appendVersions(versions: readonly Version[]): void;
  appendClock(offsetMs: number): void;
  close(): void;
}

type Line =
  { readonly clockOffsetMs: number } | (Omit<Version, "json"> & { readonly record: AccountRecord | null });

/**
 * @param path Made when it does not exist, with its folder. A last line that was cut off by a crash is dropped.
 */
export function truthFile(path: string): TruthFile {
  mkdirSync(dirname(path), { recursive: true });
  let file: number | undefined;

  async function replay(
    onVersion: (version: Version) => void,
    onClock: (offsetMs: number) => void,
  ): Promise<void> {
    if (existsSync(path)) {
      const wholeBytes = await eachLine(path, (text) => {
        const line = JSON.parse(text) as Line;
        if ("clockOffsetMs" in line) return onClock(line.clockOffsetMs);
        const { record, ...version } = line;
        onVersion({ ...version, json: record === null ? null : JSON.stringify(record) });
      });
      truncateSync(path, wholeBytes);
    }
    file = openSync(path, "a");
  }

  function append(lines: string): void {
    if (file === undefined) throw new Error("the truth was not replayed before it was appended to");
    appendFileSync(file, lines);
  }

  return {
    replay,
    appendVersions: (versions) => {
      for (let at = 0; at < versions.length; at += 1000)
        append(
          versions
            .slice(at, at + 1000)
            .map(lineOf)
            .join(""),
        );
    },
    appendClock: (clockOffsetMs) => append(`${JSON.stringify({ clockOffsetMs })}\n`),
    close: () => {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** The record is already JSON: it is put in as it is rather than serialised again. */
function lineOf({ json, ...version }: Version): string {
  return `${JSON.stringify(version).slice(0, -1)},"record":${json ?? "null"}}\n`;
}

/** Calls back for each line that ends with a line feed; returns how many bytes those lines take. */
async function eachLine(path: string, onLine: (line: string) => void): Promise<number> {
  let rest = Buffer.alloc(0);
  let wholeBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      onLine(bytes.toString("utf8", start, end));
      start = end + 1;
    }
    wholeBytes += start;
    rest = bytes.subarray(start);
  }
  return wholeBytes;
}
