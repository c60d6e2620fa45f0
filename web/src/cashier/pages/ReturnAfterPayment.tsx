import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useSpeech } from '../texts/speech';
import { hasReturned, rememberReturn } from './returned';
import styles from './ReturnAfterPayment.module.css';

const kReturnAfterS = 5;

/**
 * Back to the merchant, by itself after five seconds. Once per payment: whoever comes back to the receipt, or asks to stay,
 * may read it in peace.
 */
export function ReturnAfterPayment({ paymentId, returnUrl }: { paymentId: string; returnUrl: string }) {
  const { say } = useSpeech();
  const [secondsLeft, setSecondsLeft] = useState<number | null>(() => (hasReturned(paymentId) ? null : kReturnAfterS));

  useEffect(() => {
    const shown = (event: PageTransitionEvent) => event.persisted && setSecondsLeft(null);
    window.addEventListener('pageshow', shown);
    return () => window.removeEventListener('pageshow', shown);
  }, []);
  useEffect(() => {
    if (secondsLeft === null) return undefined;
    if (secondsLeft === 0) {
      rememberReturn(paymentId);
      location.assign(returnUrl);
      return undefined;
    }
    const timer = setTimeout(() => setSecondsLeft(secondsLeft - 1), 1000);
    return () => clearTimeout(timer);
  }, [secondsLeft, paymentId, returnUrl]);

  return (
    <div className={styles.return}>
      <Button block size="large" type="primary" href={returnUrl} data-testid="return" onClick={() => rememberReturn(paymentId)}>
        {say('paid.back')}
      </Button>
      {secondsLeft !== null && (
        <p className={styles.soon}>
          <span>{say('paid.back_in', { seconds: secondsLeft })}</span>
          <button type="button" className={styles.stay} data-testid="stay" onClick={() => setSecondsLeft(null)}>
            {say('paid.stay')}
          </button>
        </p>
      )}
    </div>
  );
}
