import { distance } from "fastest-levenshtein";
import { z } from "zod";

/**
 * Everything that is wrong with an input, one sentence per fault, each with its path and, for a mistyped name or value, the nearest valid one.
 * @param error What `schema.safeParse(input)` gave.
 */
export function faultsOf(error: z.ZodError, input: unknown, schema: z.ZodType): string[] {
  return error.issues.flatMap((issue) => sentencesOf(issue, input, schema));
}

/** The valid name that a mistyped one most likely stands for, or null when none is near. */
export function nearestName(name: string, validNames: readonly string[]): string | null {
  const ranked = validNames
    .map((valid) => ({ valid, edits: distance(name.toLowerCase(), valid.toLowerCase()) }))
    .sort((left, right) => left.edits - right.edits);
  const nearest = ranked[0];
  return nearest !== undefined && nearest.edits <= Math.max(2, Math.floor(name.length / 3))
    ? nearest.valid
    : null;
}

type Issue = z.ZodError["issues"][number];

function sentencesOf(issue: Issue, input: unknown, schema: z.ZodType): string[] {
  const at = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const valid = namesAt(schema, issue.path);
    return issue.keys.map((key) => `${joined(at, key)} is not a known name${suggestion(key, valid)}`);
  }
  if (issue.code === "invalid_value") {
    const valid = issue.values.map(String);
    const given = valueAt(input, issue.path);
    if (given === undefined) return [`${at} is missing: it must be one of ${valid.join(", ")}`];
    const near = typeof given === "string" ? suggestion(given, valid) : "";
    return [`${at} must be one of ${valid.join(", ")}${near}`];
  }
  if (issue.code === "invalid_type" && valueAt(input, issue.path) === undefined) {
    return [`${at === "" ? "it" : at} is missing`];
  }
  if (issue.code === "invalid_key") return issue.issues.map(({ message }) => `${at}: ${message}`);
  return [at === "" ? issue.message : `${at}: ${issue.message}`];
}

function suggestion(name: string, valid: readonly string[]): string {
  const nearest = nearestName(name, valid);
  if (nearest !== null) return `; did you mean ${nearest}?`;
  return valid.length === 0 ? "" : `; known are ${valid.join(", ")}`;
}

function joined(path: string, member: string): string {
  return path === "" ? member : `${path}.${member}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const member of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, member);
  }
  return value;
}

/** The member names that a schema allows at a path; none when the schema does not list them. */
function namesAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = unwrapped(schema);
  const [member, ...rest] = path;
  if (inner instanceof z.ZodUnion) {
    return inner.options.flatMap((option) => (option instanceof z.ZodType ? namesAt(option, path) : []));
  }
  if (inner instanceof z.ZodObject) {
    if (member === undefined) return Object.keys(inner.shape);
    const next: unknown = inner.shape[String(member)];
    return next instanceof z.ZodType ? namesAt(next, rest) : [];
  }
  if (inner instanceof z.ZodRecord && member !== undefined && inner.valueType instanceof z.ZodType) {
    return namesAt(inner.valueType, rest);
  }
  if (inner instanceof z.ZodArray && member !== undefined && inner.element instanceof z.ZodType) {
    return namesAt(inner.element, rest);
  }
  return [];
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const inner =
    schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault
      ? schema.unwrap()
      : schema instanceof z.ZodPrefault || schema instanceof z.ZodReadonly
        ? schema.unwrap()
        : schema instanceof z.ZodPipe
          ? schema.in
          : schema;
  return inner === schema || !(inner instanceof z.ZodType) ? schema : unwrapped(inner);
}
