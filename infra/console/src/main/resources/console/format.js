// How values are shown. Pure.

/** The last characters of an id, which differ between neighbours. */
export const shortId = (id) => '…' + String(id).slice(-6);

/** A time of day with milliseconds, in UTC as the logs have it. */
export const time = (iso) => (iso ? new Date(iso).toISOString().slice(11, 23) : '');

/** A time of day without milliseconds. */
export const clock = (iso) => (iso ? new Date(iso).toISOString().slice(11, 19) : '');

/** A span: 80 ms, 4.1 s, 14:58, 2 h 05 m. */
export function span(ms) {
  if (!Number.isFinite(ms)) return '';
  const abs = Math.max(0, ms);
  if (abs < 1_000) return `${Math.round(abs)} ms`;
  if (abs < 60_000) return `${(abs / 1_000).toFixed(1)} s`;
  const seconds = Math.floor(abs / 1_000);
  const two = (n) => String(n).padStart(2, '0');
  return seconds < 3_600
    ? `${Math.floor(seconds / 60)}:${two(seconds % 60)} min`
    : `${Math.floor(seconds / 3_600)} h ${two(Math.floor(seconds / 60) % 60)} m`;
}

/** Time until an instant; 0 if it has passed. */
export const until = (iso, now) => Math.max(0, Date.parse(iso) - now);

export const since = (iso, now) => Math.max(0, now - Date.parse(iso));

/** A rate: 0, 0.4, 12. */
export const rate = (perSecond) =>
  perSecond >= 10 || perSecond === 0 ? String(Math.round(perSecond)) : perSecond.toFixed(1);

/** A part: 98 %, 99.9 %, −35 %. */
export function percent(part) {
  const rounded = Math.round(part * 1_000) / 10;
  return `${rounded < 0 ? '−' : ''}${Math.abs(rounded)} %`;
}

/** A count with its noun. */
export const count = (n, one, many = one + 's') => `${n} ${n === 1 ? one : many}`;

/** A size of bytes. */
export const bytes = (n) =>
  n < 1_024 ? `${n} B` : n < 1_048_576 ? `${Math.round(n / 1_024)} KiB` : `${(n / 1_048_576).toFixed(1)} MiB`;

/** An amount in minor units of a currency, which has two digits or none. */
export const amount = (minor, currency) => `${(minor / 100).toFixed(2)} ${currency}`;

/** A state in words. */
export const stateWords = (state) => state === 'silent' ? 'no answer' : state;

/** How an order ends: a reason that names its outcome is enough. */
export function endWords(outcome, reason) {
  const words = !reason ? outcome : reason.startsWith(outcome) ? reason : `${outcome} ${reason}`;
  return words.replaceAll('_', ' ');
}

/** The shape of a state: a state is never shown by colour alone. */
export const shapeOf = (state) =>
  ({ ready: '●', starting: '◔', silent: '?', paused: '⏸', down: '✕',
     COMPLETED: '✓', REJECTED: '✕', CANCELLED: '↶', PENDING: '◔' })[state] ?? '?';
