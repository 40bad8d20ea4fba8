import { nearestName } from "../../core/faults.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../core/json.ts";

/** All that a request may have filled in. */
export const variables = ["since", "page", "offset", "cursor", "limit", "id"] as const;

/** What a request has filled in, such as `since` for `{{ since }}`. */
export type Variable = (typeof variables)[number];

/** What there is to fill in. */
export type Values = Readonly<Partial<Record<Variable, string | number>>>;

const placeholder = /\{\{\s*(.*?)\s*\}\}/g;
const alone = /^\{\{\s*(\w+)\s*\}\}$/;

/** The variables in a template, at any depth, as they are written. */
export function variablesIn(template: JsonValue | undefined): string[] {
  if (typeof template === "string") return [...template.matchAll(placeholder)].map(([, name = ""]) => name);
  if (Array.isArray(template)) return template.flatMap(variablesIn);
  return isJsonObject(template) ? Object.values(template).flatMap(variablesIn) : [];
}

/** One sentence for each variable of a template that may not be there, with the nearest one that may. */
export function variableFaults(template: JsonValue, allowed: readonly Variable[]): string[] {
  return variablesIn(template)
    .filter((name) => !allowed.some((known) => known === name))
    .map((name) => {
      const nearest = nearestName(name, allowed);
      const hint = nearest === null ? `known are ${allowed.join(", ")}` : `did you mean {{ ${nearest} }}?`;
      return `{{ ${name} }} cannot be filled in here; ${hint}`;
    });
}

/**
 * A template with its variables filled in. A text that is nothing but a variable becomes its value, numbers as numbers.
 * @returns undefined for a text with a variable that has no value now; what lists and objects hold is left out then.
 */
export function filled(template: JsonValue, values: Values): JsonValue | undefined {
  if (typeof template === "string") return filledText(template, values);
  if (Array.isArray(template)) {
    return template.map((part) => filled(part, values)).filter((part) => part !== undefined);
  }
  if (!isJsonObject(template)) return template;
  const whole: JsonObject = {};
  for (const [member, part] of Object.entries(template)) {
    const inner = filled(part, values);
    if (inner !== undefined) whole[member] = inner;
  }
  return whole;
}

/** The same for a text. */
export function filledText(template: string, values: Values): string | number | undefined {
  const only = alone.exec(template)?.[1];
  if (only !== undefined) return values[only as Variable];
  if (variablesIn(template).some((name) => values[name as Variable] === undefined)) return undefined;
  return template.replaceAll(placeholder, (_whole, name: Variable) => String(values[name]));
}
