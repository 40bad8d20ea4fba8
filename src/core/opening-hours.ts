/** The windows in which a source's passes may start. */
export interface SourceWindows {
  /** An IANA name, such as `Europe/Berlin`. */
  timeZone: string;
  /** Of every pass; empty: at any time. */
  passes: readonly string[];
  /** Of sweeps, in place of `passes`; empty: the same. */
  sweeps: readonly string[];
}

/** When something may start. */
export interface OpeningHours {
  /** The first moment from this one on at which they are open: this one itself while they are. Wall-clock milliseconds. */
  opensAt(atMs: number): number;
}

/** Minutes of local time since Monday 00:00; a window that begins on a Sunday may end beyond the week. */
interface Stretch {
  from: number;
  until: number;
}

const minuteMs = 60_000;
const dayMinutes = 1_440;
const weekMinutes = 7 * dayMinutes;
const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const form =
  /^(?:([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))? )?([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)$/;

/** Whether a text is a window: `Mon-Fri 06:00-20:00`, `Sat 08:00-12:00`, `22:00-06:00` (every day, over midnight), `00:00-24:00`. */
export function isWindow(text: string): boolean {
  return stretchesOf(text).length > 0;
}

/** Whether a time zone is known. */
export function isTimeZone(name: string): boolean {
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Windows are open whenever a clock on the wall of their time zone says so: an hour that comes twice counts twice, one that is left out does not.
 * @param windows None: they are open at any time.
 */
export function openingHours(windows: readonly string[], timeZone: string): OpeningHours {
  const stretches = windows.flatMap(stretchesOf);
  const local = clockOf(timeZone);
  let openMinute = Number.NaN;
  let closed = { fromMs: Number.POSITIVE_INFINITY, untilMs: Number.NEGATIVE_INFINITY };
  return {
    opensAt(atMs) {
      const minute = Math.floor(atMs / minuteMs);
      // Asked several times a second for as long as something waits.
      if (stretches.length === 0 || minute === openMinute) return atMs;
      if (atMs >= closed.fromMs && atMs < closed.untilMs) return closed.untilMs;
      const opens = nextOpenMinute(stretches, local, minute);
      if (opens === minute) {
        openMinute = minute;
        return atMs;
      }
      closed = { fromMs: atMs, untilMs: opens * minuteMs };
      return closed.untilMs;
    },
  };
}

function nextOpenMinute(
  stretches: readonly Stretch[],
  local: (minute: number) => number,
  from: number,
): number {
  // By how much the wall runs ahead; only ever compared.
  const offsetAt = (minute: number) => positive(local(minute) - minute);
  for (let minute = from; ;) {
    const now = local(minute);
    if (stretches.some((stretch) => isWithin(stretch, now))) return minute;
    const opens = minute + Math.min(...stretches.map((stretch) => positive(stretch.from - now)));
    const offset = offsetAt(minute);
    if (offsetAt(opens) === offset) return opens;
    // The clock is put forward or back before: until then nothing opens, and from then on it is another time.
    let before = minute;
    minute = opens;
    while (minute - before > 1) {
      const middle = Math.floor((before + minute) / 2);
      if (offsetAt(middle) === offset) before = middle;
      else minute = middle;
    }
  }
}

function isWithin({ from, until }: Stretch, minute: number): boolean {
  return (minute >= from && minute < until) || minute + weekMinutes < until;
}

function positive(minutes: number): number {
  return ((minutes % weekMinutes) + weekMinutes) % weekMinutes;
}

/** A window's stretch of each of its days; none when the text is no window. */
function stretchesOf(text: string): Stretch[] {
  const [isForm, first = "Mon", last = isForm?.includes(" ") === true ? first : "Sun", ...hours] =
    form.exec(text) ?? [];
  const [firstDay, lastDay] = [days.indexOf(first), days.indexOf(last)];
  const [hour = 0, minute = 0, untilHour = 0, untilMinute = 0] = hours.map(Number);
  const [from, until] = [hour * 60 + minute, untilHour * 60 + untilMinute];
  if (isForm === undefined || firstDay < 0 || lastDay < 0 || until > dayMinutes || from === until) return [];
  const length = until > from ? until - from : until - from + dayMinutes;
  return Array.from({ length: ((lastDay - firstDay + 7) % 7) + 1 }, (_, index) => {
    const start = ((firstDay + index) % 7) * dayMinutes + from;
    return { from: start, until: start + length };
  });
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The wall's minute of the week at a minute since 1970. @throws RangeError when the time zone is unknown */
function clockOf(timeZone: string): (minute: number) => number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    // Costly to make, and the same for all sources of a time zone.
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
    });
    formats.set(timeZone, format);
  }
  const parts = format;
  return (minute) => {
    const shown = new Map(parts.formatToParts(minute * minuteMs).map(({ type, value }) => [type, value]));
    const day = days.indexOf(shown.get("weekday") ?? "");
    return day * dayMinutes + Number(shown.get("hour")) * 60 + Number(shown.get("minute"));
  };
}
