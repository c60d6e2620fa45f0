import { ClockCircleOutlined } from '@ant-design/icons';
import { durationOf, formatRemaining } from '../countdown';
import { useSpeech } from '../texts/speech';
import styles from './Countdown.module.css';

const kUrgentMs = 60_000;

export function Countdown({ remainingMs }: { remainingMs: number }) {
  const { say } = useSpeech();
  return (
    <p className={remainingMs <= kUrgentMs ? `${styles.countdown} ${styles.urgent}` : styles.countdown}>
      <ClockCircleOutlined aria-hidden="true" />
      <span>{say('countdown')}</span>
      <time role="timer" className={styles.time} dateTime={durationOf(remainingMs)} data-testid="countdown">
        {formatRemaining(remainingMs)}
      </time>
    </p>
  );
}
