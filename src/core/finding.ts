/** What is examined, in the order in which it is told. */
export const areas = ["configuration", "database", "brokers", "workers", "sources", "upstreams"] as const;

export type Area = (typeof areas)[number];

/** What was found out about one thing. */
export interface Finding {
  area: Area;
  /** Which source, topic or worker it is about; null: the area as a whole. */
  subject: string | null;
  state: "ok" | "warning" | "fault";
  /** One clause for a person. */
  message: string;
  /** A command, a setting or a page; null when all is well. */
  whatToDo: string | null;
}

/** What does not name its subject is about the area as a whole. */
interface Trouble {
  subject?: string;
  message: string;
  whatToDo: string;
}

/** All is well with it. */
export function fine(area: Area, message: string, subject: string | null = null): Finding {
  return { area, subject, state: "ok", message, whatToDo: null };
}

/** It works, but somebody should look at it. */
export function warning(area: Area, trouble: Trouble): Finding {
  return { area, subject: null, state: "warning", ...trouble };
}

/** It does not work, or waits for a person. */
export function fault(area: Area, trouble: Trouble): Finding {
  return { area, subject: null, state: "fault", ...trouble };
}
