import { describe, expect, it } from 'vitest';
import { durationOf, formatRemaining, remainingMs, serverClock } from './countdown';

describe('time left', () => {
  const clock = serverClock('2026-11-22T06:30:00.000Z', 5_000);
  it.each([
    ['at the moment of the view', '2026-11-22T06:45:00.000Z', 5_000, 900_000],
    ['ten seconds later', '2026-11-22T06:45:00.000Z', 15_000, 890_000],
    ['with milliseconds', '2026-11-22T06:30:00.250Z', 5_100, 150],
    ['at the end', '2026-11-22T06:45:00.000Z', 905_000, 0],
    ['never negative', '2026-11-22T06:45:00.000Z', 9_000_000, 0],
    ['expired before the view', '2026-11-22T06:00:00.000Z', 5_000, 0],
  ])('%s', (_case, expiresAt, monotonicMs, left) => {
    expect(remainingMs(expiresAt, clock, monotonicMs)).toBe(left);
  });
});

it.each([
  [900_000, '15:00', 'PT15M0S'], [899_001, '15:00', 'PT15M0S'], [899_000, '14:59', 'PT14M59S'], [60_000, '01:00', 'PT1M0S'],
  [59_999, '01:00', 'PT1M0S'], [1, '00:01', 'PT0M1S'], [0, '00:00', 'PT0M0S'], [3_600_000, '1:00:00', 'PT60M0S'],
  [86_400_000, '24:00:00', 'PT1440M0S'],
])('%i ms is shown as %s', (ms, shown, duration) => {
  expect(formatRemaining(ms)).toBe(shown);
  expect(durationOf(ms)).toBe(duration);
});
