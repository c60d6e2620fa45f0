import { Button } from 'antd';
import { useMediaQuery } from '../../shared/browser/use-media-query';
import { kPhone } from '../frame/layout';
import type { PaymentView, Scene } from '../payment-view';
import { scenesFor } from '../scenes';
import { methodName, useSpeech } from '../texts/speech';
import { Working } from './Working';

/** The payer was sent to the channel's page and looks at ours again: unpaid, or the result is on its way. */
export function AwayPage({ view, onPay }: { view: PaymentView; onPay: (method: string, scene: Scene) => void }) {
  const { say } = useSpeech();
  const phone = useMediaQuery(kPhone);
  const method = view.attempt?.method ?? '';
  const name = methodName(say, method);
  const offered = view.methods.find((each) => each.method === method);
  const scene = view.attempt?.scene ?? null;
  return (
    <Working title={say('away.title')} text={say('away.text', { method: name })}>
      {scene !== null && (
        <Button block size="large" type="primary" data-testid="continue" onClick={() => onPay(method, scene)}>
          {say('away.continue', { method: name })}
        </Button>
      )}
      {scenesFor(phone ? 'phone' : 'pc', offered).includes('qr') && (
        <Button block size="large" data-testid="pay-qr" onClick={() => onPay(method, 'qr')}>
          {say('away.qr')}
        </Button>
      )}
    </Working>
  );
}
