// The labels of an axis of time: places are milliseconds since 1970, labels what the clocks of a
// zone show.
// `clocks` are [since (ms), offset from UTC (ms), name], in order.
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((it) => it * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((it) => it * MINUTE),
  ...[1, 2, 3, 6, 12].map((it) => it * HOUR),
  ...[1, 2, 7, 14].map((it) => it * DAY),
];
const MONTH = 30.44 * DAY;
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 300, 600, 1200];
const EDGE = 0.04;
const FIRST_MONDAY = 4 * DAY;
const NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function clockAt(clocks, time) {
  return clocks.findLast(([since]) => since <= time) ?? clocks[0];
}

// What a clock that is read as if it were UTC shows: to be taken apart by `Date`'s UTC methods.
function shownAt(clocks, time) {
  return time + clockAt(clocks, time)[1];
}

// When clocks show this: once, twice in the hour that is repeated, never in one that is left out.
function timesOf(clocks, shown) {
  const offsets = new Set(clocks.map(([, offset]) => offset));
  return [...offsets]
    .map((offset) => shown - offset)
    .filter((time) => shownAt(clocks, time) === shown);
}

// The step from label to label, so that there are `most` or fewer: {ms} or {months}.
function stepOf(span, most) {
  const ms = STEPS.find((it) => span / it <= most);
  if (ms) return { ms };
  return { months: MONTHS.find((it) => span / (it * MONTH) <= most) ?? MONTHS.at(-1) };
}

// All that clocks may show between two times that is a multiple of the step.
function roundTimes({ ms, months }, from, to) {
  const found = [];
  if (ms) {
    const first = ms % (7 * DAY) ? 0 : FIRST_MONDAY;
    for (let at = first + Math.ceil((from - first) / ms) * ms; at <= to; at += ms) found.push(at);
    return found;
  }
  const begin = new Date(from);
  const month = begin.getUTCFullYear() * 12 + begin.getUTCMonth();
  for (let at = Math.floor(month / months) * months; ; at += months) {
    const time = Date.UTC(Math.floor(at / 12), at % 12);
    if (!(time <= to)) return found; // or where there are no more years
    if (time >= from) found.push(time);
  }
}

function ticksOf(clocks, step, from, to) {
  const shown = roundTimes(step, from - DAY, to + DAY);
  const times = shown.flatMap((it) => timesOf(clocks, it));
  return times.filter((it) => from <= it && it <= to).sort((one, other) => one - other);
}

const two = (number) => String(number).padStart(2, "0");

// The label of a tick, and what it is a part of: said once, below the first label of it.
function labelOf({ ms, months }, shown) {
  const at = new Date(shown);
  const [year, month, day] = [at.getUTCFullYear(), NAMES[at.getUTCMonth()], at.getUTCDate()];
  if (months) return months % 12 ? [month, `${year}`] : [`${year}`, ""];
  if (ms >= DAY) return [`${month} ${day}`, `${year}`];
  const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  const seconds = ms < MINUTE ? `:${two(at.getUTCSeconds())}` : "";
  return [clock + seconds, `${month} ${day}, ${year}`];
}

// The labels of a range, and of as much to both sides as it may be dragged; where the clocks change
// in it, each label has the clock's name.
function timeTicks(clocks, from, to, most) {
  const changes = clockAt(clocks, from)[2] !== clockAt(clocks, to)[2];
  const step = stepOf(to - from, changes ? most * 0.7 : most);
  const tickvals = ticksOf(clocks, step, 2 * from - to, 2 * to - from);
  // One at the very edge is not written, for want of room.
  const first = tickvals.find((it) => it >= from + EDGE * (to - from));
  let before;
  const ticktext = tickvals.map((time) => {
    const [label, part] = labelOf(step, shownAt(clocks, time));
    const named = changes && step.ms < DAY ? `${label} ${clockAt(clocks, time)[2]}` : label;
    const isNew = part !== before || time === first;
    before = part;
    return part && isNew ? `${named}<br>${part}` : named;
  });
  return { tickvals, ticktext };
}

// Say times as `axes.py` has them written (milliseconds) in the zone.
function inZone(clocks, text) {
  return text.replace(/\bms (\d+)/g, (_, written) => {
    const time = Number(written);
    const [day, clock] = new Date(shownAt(clocks, time)).toISOString().split("T");
    return `${day} ${clock.slice(0, 8)} ${clockAt(clocks, time)[2]}`;
  });
}
