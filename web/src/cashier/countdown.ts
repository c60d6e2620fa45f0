/**
 * Time left to pay, by the server's clock: a view says what time it was there, and the browser's monotonic clock says how long
 * ago that was. The device's own date plays no part.
 */
export interface ServerClock {
  readonly serverMs: number;
  readonly monotonicMs: number;
}

export function serverClock(serverTime: string, monotonicMs: number): ServerClock {
  return { serverMs: Date.parse(serverTime), monotonicMs };
}

export function remainingMs(expiresAt: string, clock: ServerClock, monotonicMs: number): number {
  return Math.max(0, Date.parse(expiresAt) - clock.serverMs - (monotonicMs - clock.monotonicMs));
}

/** Seconds shown are rounded up, so that "00:00" is never shown while there is time: 14:59, 1:00:00. */
export function formatRemaining(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

/** The same for a screen reader and the `datetime` attribute: PT14M59S. */
export function durationOf(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return `PT${Math.floor(seconds / 60)}M${seconds % 60}S`;
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}
