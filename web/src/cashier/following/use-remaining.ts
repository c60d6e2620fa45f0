import { useEffect, useState } from 'react';
import { remainingMs, type ServerClock } from '../countdown';

/** Milliseconds left, anew every second; null while nothing is known. */
export function useRemaining(expiresAt: string | null, clock: ServerClock | null): number | null {
  const [monotonicMs, setMonotonicMs] = useState(() => performance.now());
  const running = expiresAt !== null && clock !== null;
  useEffect(() => {
    if (!running) return undefined;
    const tick = () => setMonotonicMs(performance.now());
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [running, clock]);
  return running ? remainingMs(expiresAt, clock, Math.max(monotonicMs, clock.monotonicMs)) : null;
}
