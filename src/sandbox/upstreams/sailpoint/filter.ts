import type { Field, FieldValue, Operator } from "./fields.ts";
import { BadRequest } from "./refusal.ts";

/** One term of a filter; terms are joined by `and`. */
export interface Condition {
  readonly field: string;
  readonly op: Operator;
  readonly values: readonly FieldValue[];
}

type Token = { readonly kind: "word" | "text" | "mark"; readonly text: string };

const TOKEN = /\s*(?:"(?<text>(?:[^"\\]|\\.)*)"|(?<mark>[(),])|(?<word>[^\s(),"]+))/uy;
const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/u;
const OPERATORS: readonly string[] = ["eq", "in", "sw", "ge", "gt", "le", "lt"] satisfies Operator[];

/**
 * Reads SailPoint's filter language: `field op value`, joined by `and`.
 *
 * @param fields Those that may be filtered by.
 * @throws BadRequest With the reason, as the vendor answers 400.
 */
export function parseFilter(filter: string, fields: ReadonlyMap<string, Field>): Condition[] {
  const tokens = tokensOf(filter);
  let at = 0;
  const take = (): Token => {
    const token = tokens[at];
    if (token === undefined) throw new BadRequest(`Filter "${filter}" ends too early.`);
    at += 1;
    return token;
  };

  function values(field: Field, op: Operator): FieldValue[] {
    if (op !== "in") return [valueOf(take(), field)];
    expectMark(take(), "(");
    const list = [valueOf(take(), field)];
    for (let mark = take(); mark.text !== ")" || mark.kind !== "mark"; mark = take()) {
      expectMark(mark, ",");
      list.push(valueOf(take(), field));
    }
    return list;
  }

  function condition(): Condition {
    const name = take().text;
    const field = fields.get(name);
    if (field === undefined) throw new BadRequest(`Filter property "${name}" is invalid.`);
    const op = take().text;
    if (!isOperator(op) || !field.operators.includes(op)) {
      throw new BadRequest(`Filter operator "${op}" is not supported for property "${name}".`);
    }
    return { field: name, op, values: values(field, op) };
  }

  const conditions = [condition()];
  while (at < tokens.length) {
    const joint = take();
    if (joint.kind !== "word" || joint.text !== "and")
      throw new BadRequest(`Filter token "${joint.text}" is invalid.`);
    conditions.push(condition());
  }
  return conditions;
}

type Present = Exclude<FieldValue, null>;

const COMPARISONS: Readonly<
  Record<Operator, (value: Present, wanted: Present, values: Condition["values"]) => boolean>
> = {
  eq: (value, wanted) => value === wanted,
  in: (value, _wanted, values) => values.includes(value),
  sw: (value, wanted) => String(value).startsWith(String(wanted)),
  ge: (value, wanted) => value >= wanted,
  gt: (value, wanted) => value > wanted,
  le: (value, wanted) => value <= wanted,
  lt: (value, wanted) => value < wanted,
};

/** Whether an account fulfils a condition; one without a value fulfils none. */
export function fulfils(value: ReturnType<Field["read"]>, { op, values }: Condition): boolean {
  const wanted = values[0] ?? null;
  if (value === null || wanted === null) return false;
  if (typeof value === "object") return value.some((entry) => entry === wanted);
  return COMPARISONS[op](value, wanted, values);
}

function tokensOf(filter: string): Token[] {
  const tokens: Token[] = [];
  const end = filter.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const groups = TOKEN.exec(filter)?.groups;
    if (groups === undefined) throw new BadRequest(`Filter "${filter}" is invalid.`);
    if (groups["word"] !== undefined) tokens.push({ kind: "word", text: groups["word"] });
    else if (groups["mark"] !== undefined) tokens.push({ kind: "mark", text: groups["mark"] });
    else tokens.push({ kind: "text", text: (groups["text"] ?? "").replaceAll(/\\(.)/gu, "$1") });
  }
  return tokens;
}

function valueOf({ kind, text }: Token, field: Field): FieldValue {
  if (field.type === "text" && kind === "text") return text;
  if (field.type === "flag" && kind === "word" && (text === "true" || text === "false"))
    return text === "true";
  if (field.type === "instant" && kind === "word" && INSTANT.test(text)) {
    const atMs = Date.parse(text);
    if (!Number.isNaN(atMs)) return atMs;
  }
  throw new BadRequest(`Filter value "${text}" is invalid.`);
}

function expectMark(token: Token, mark: string): void {
  if (token.kind !== "mark" || token.text !== mark)
    throw new BadRequest(`Filter token "${token.text}" is invalid.`);
}

function isOperator(text: string): text is Operator {
  return OPERATORS.includes(text);
}
