import type { Page } from '../page-of';
import { useSpeech } from '../texts/speech';
import { announcementOf, titleOf } from '../texts/title-of';

const kLastMinuteMs = 60_000;

/** Says to a screen reader what changed: the new page, the last minute. Not the seconds. */
export function Announcement({ page, remainingMs, open }: { page: Page; remainingMs: number | null; open: boolean }) {
  const { say } = useSpeech();
  const text = announcementOf(page);
  const lastMinute = open && remainingMs !== null && remainingMs > 0 && remainingMs <= kLastMinuteMs;
  return (
    <div className="visually-hidden" role="status" aria-live="polite" data-testid="announcement" data-page={page.name}>
      <p>{`${titleOf(page, say)} ${text === null ? '' : say(text)}`}</p>
      {lastMinute && <p>{say('countdown.last_minute')}</p>}
    </div>
  );
}
