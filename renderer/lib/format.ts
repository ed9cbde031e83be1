// Numbers, times and sizes as people read them, with units. Always the same digits for the same number, so that columns line up.

const MINUS = "\u2212";

/** Up to `digits` decimals, fewer for large numbers, scientific where plain digits would hide the value; "n/a" for no value. */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "n/a";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : `${MINUS}\u221e`;
  const size = Math.abs(value);
  if (size !== 0 && (size < 10 ** -digits / 2 || size >= 1e7)) return value.toExponential(1).replace("-", MINUS).replace("e+", "e");
  const decimals = Number.isInteger(value) && size >= 100 ? 0 : size >= 1000 ? 0 : size >= 100 ? Math.min(1, digits) : digits;
  return value.toFixed(decimals).replace("-", MINUS);
}

/** Whole numbers with thin spaces between thousands. */
export function formatCount(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "n/a";
  return String(Math.round(value))
    .replace("-", MINUS)
    .replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

/** A share of 1 in percent. */
export function formatPercent(share: number | null | undefined, digits = 0): string {
  if (share === null || share === undefined || Number.isNaN(share)) return "n/a";
  return `${(share * 100).toFixed(digits).replace("-", MINUS)}\u202f%`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || Number.isNaN(bytes)) return "n/a";
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)}\u202f${UNITS[power] ?? ""}`;
}

/** "3 h 12 min", "4 min 5 s", "8.2 s", "120 ms". */
export function formatDuration(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined || !Number.isFinite(milliseconds)) return "n/a";
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60 * 48) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / 60 / 24)} days`;
}

const MOMENT = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" });

/** "2026-11-25 20:14" in the machine's time zone. */
export function formatMoment(millisecondsSince1970: number): string {
  return MOMENT.format(millisecondsSince1970);
}

/** "just now", "5 min ago", "yesterday", else the date. */
export function formatAgo(millisecondsSince1970: number, nowMs = Date.now()): string {
  const minutes = Math.floor((nowMs - millisecondsSince1970) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 60 * 24) return `${Math.floor(minutes / 60)} h ago`;
  if (minutes < 60 * 48) return "yesterday";
  return formatMoment(millisecondsSince1970).slice(0, 10);
}

/** First characters of a hash, enough to tell two apart by eye. */
export function shortHash(hash: string): string {
  return hash.slice(0, 8);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
