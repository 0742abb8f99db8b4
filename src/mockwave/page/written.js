// Numbers, durations and times as they are shown: in the reader's language and time zone.

const whole = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false,
});
const minute = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const count = (number) => whole.format(number);

export const decimal = (number) => short.format(number);

export const many = (number, one, more = `${one}s`) => `${count(number)} ${number === 1 ? one : more}`;

export const timeOfDay = (text) => clock.format(new Date(text));

export const hourAndMinute = (ms) => minute.format(new Date(ms));

export const dateAndTime = (text) => moment.format(new Date(text));

export function milliseconds(ms) {
  if (ms === undefined) return "";
  if (ms < 0.1) return "< 0.1 ms";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function bytes(number) {
  if (number < 1024) return many(number, "byte");
  return number < 1024 ** 2 ? `${decimal(number / 1024)} KiB` : `${decimal(number / 1024 ** 2)} MiB`;
}

export function ago(text) {
  const seconds = Math.max(0, (Date.now() - new Date(text)) / 1000);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : dateAndTime(text);
}

/** Lays JSON out in lines; other text stays. */
export function laidOut(text) {
  if (text.length > 1_000_000) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
