import { Button } from 'antd';
import { useEffect, useState } from 'react';
import type { PaymentView, Scene } from '../payment-view';
import { payerCannotHavePaid } from '../scenes';
import { useSpeech } from '../texts/speech';
import { Working } from './Working';

const kPatienceMs = 15_000;

/**
 * The outcome is open: no second way to pay is offered. The one exception is an attempt that never gave the payer anything to
 * pay with: after a while it may be asked for again.
 */
export function ConfirmingPage({ view, onPay }: { view: PaymentView; onPay: (method: string, scene: Scene) => void }) {
  const { say } = useSpeech();
  const [waitedLong, setWaitedLong] = useState(false);
  const attempt = view.attempt;
  useEffect(() => {
    const timer = setTimeout(() => setWaitedLong(true), kPatienceMs);
    return () => clearTimeout(timer);
  }, [attempt?.id]);

  const scene = attempt?.scene ?? null;
  if (attempt === null || scene === null || !waitedLong || attempt.state === 'succeeded' || !payerCannotHavePaid(attempt)) {
    return <Working title={say('confirming.title')} text={say('confirming.text')} />;
  }
  return (
    <Working title={say('confirming.title')} text={say('confirming.never_paid')}>
      <Button block size="large" data-testid="start-again" onClick={() => onPay(attempt.method, scene)}>
        {say('confirming.again')}
      </Button>
    </Working>
  );
}
