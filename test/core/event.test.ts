import { describe, expect, test } from "vitest";
import {
  type Change,
  type PublishedRow,
  eventHeaders,
  eventKey,
  eventValue,
  journalEntry,
} from "../../src/core/event.ts";

const change: Change = {
  op: "updated",
  source: "acme-hr",
  connector: "bamboohr",
  topic: "tidemark.bamboohr.accounts",
  accountId: "123",
  version: 7,
  before: '{"email":"ann@acme.test","id":"123"}',
  after: '{"email":"ann.smith@acme.test","id":"123"}',
  changed: ["email", "attributes.department"],
  upstreamTime: "2026-03-01T11:59:58Z",
  observedAt: "2026-03-01T12:00:00.000Z",
  hash: "00112233445566778899aabbccddeeff",
};

const row: PublishedRow = {
  seq: "9007199254740993",
  op: "updated",
  key: "acme-hr/123",
  version: 7,
  hash: "00112233445566778899aabbccddeeff",
  observedAt: "2026-03-01T12:00:00.000Z",
  batchNonce: "4611686018427387903",
};

describe("the bytes of an event", () => {
  test("of an update", () => {
    expect(eventValue(journalEntry(change))).toBe(
      '{"op":"updated","source":"acme-hr","connector":"bamboohr","accountId":"123","version":7,' +
        '"before":{"email":"ann@acme.test","id":"123"},"after":{"email":"ann.smith@acme.test","id":"123"},' +
        '"changed":["email","attributes.department"],' +
        '"upstreamTime":"2026-03-01T11:59:58Z","observedAt":"2026-03-01T12:00:00.000Z"}',
    );
  });

  test("of an insert", () => {
    const insert: Change = {
      ...change,
      op: "inserted",
      version: 1,
      before: null,
      changed: [],
      upstreamTime: null,
    };
    expect(eventValue(journalEntry(insert))).toBe(
      '{"op":"inserted","source":"acme-hr","connector":"bamboohr","accountId":"123","version":1,' +
        '"before":null,"after":{"email":"ann.smith@acme.test","id":"123"},"changed":[],' +
        '"upstreamTime":null,"observedAt":"2026-03-01T12:00:00.000Z"}',
    );
  });

  test("of a delete", () => {
    const gone: Change = { ...change, op: "deleted", version: 8, after: null, changed: [] };
    expect(eventValue(journalEntry(gone))).toBe(
      '{"op":"deleted","source":"acme-hr","connector":"bamboohr","accountId":"123","version":8,' +
        '"before":{"email":"ann@acme.test","id":"123"},"after":null,"changed":[],' +
        '"upstreamTime":"2026-03-01T11:59:58Z","observedAt":"2026-03-01T12:00:00.000Z"}',
    );
  });

  test("hold documents byte for byte, even where another serializer would write them differently", () => {
    const document = '{ "n": 1.0, "big": 12345678901234567890, "é": "\\u00e9" }';
    const value = eventValue(journalEntry({ ...change, before: document, after: document }));
    expect(value).toContain(`"before":${document},"after":${document},"changed"`);
  });

  test("are UTF-8 where an id or a path is not ASCII, quotes and control characters escaped", () => {
    const value = eventValue(
      journalEntry({
        ...change,
        accountId: 'Zoë/"\n😀',
        before: null,
        after: '{"id":"Zoë"}',
        changed: ["attributes.Straße"],
      }),
    );
    expect(value).toBe(
      '{"op":"updated","source":"acme-hr","connector":"bamboohr","accountId":"Zoë/\\"\\n😀","version":7,' +
        '"before":null,"after":{"id":"Zoë"},"changed":["attributes.Straße"],' +
        '"upstreamTime":"2026-03-01T11:59:58Z","observedAt":"2026-03-01T12:00:00.000Z"}',
    );
    expect(Buffer.from(value).includes(Buffer.from([0x5a, 0x6f, 0xc3, 0xab]))).toBe(true);
    expect(JSON.parse(value)).toMatchObject({ accountId: 'Zoë/"\n😀' });
  });
});

test("a journal entry carries what its row needs beside the bytes", () => {
  const { head: _head, tail: _tail, ...rest } = journalEntry(change);
  expect(rest).toEqual({
    accountId: "123",
    version: 7,
    op: "updated",
    topic: "tidemark.bamboohr.accounts",
    key: "acme-hr/123",
    document: change.after,
    hash: "00112233445566778899aabbccddeeff",
    observedAt: "2026-03-01T12:00:00.000Z",
  });
});

test("the key is source and account id, and no two accounts share one", () => {
  expect(eventKey("acme-hr", "a/b")).toBe("acme-hr/a/b");
  expect(eventKey("acme", "hr/7")).not.toBe(eventKey("acme-hr", "7"));
});

describe("the headers of an event", () => {
  test("are CloudEvents in binary mode and our own, all of them from the row", () => {
    expect(eventHeaders(row, 5)).toEqual({
      ce_specversion: "1.0",
      ce_id: "acme-hr/123/7",
      ce_type: "tidemark.account.updated.v1",
      ce_source: "/tidemark/acme-hr",
      ce_subject: "123",
      ce_time: "2026-03-01T12:00:00.000Z",
      "content-type": "application/json",
      "tidemark-shard": "5",
      "tidemark-seq": "9007199254740993",
      "tidemark-batch": "4611686018427387903",
      "tidemark-hash": "00112233445566778899aabbccddeeff",
    });
  });

  test.each(["inserted", "updated", "deleted", "snapshot"] as const)("name the type of %s", (op) => {
    expect(eventHeaders({ ...row, op }, 5)["ce_type"]).toBe(`tidemark.account.${op}.v1`);
  });

  test("tell source and account apart where the account's id holds slashes and more than ASCII", () => {
    expect(eventHeaders({ ...row, key: "acme-hr/dept/Zoë" }, 5)).toMatchObject({
      ce_id: "acme-hr/dept/Zoë/7",
      ce_source: "/tidemark/acme-hr",
      ce_subject: "dept/Zoë",
    });
  });
});
