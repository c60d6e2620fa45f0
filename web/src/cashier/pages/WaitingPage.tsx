import { useSpeech } from '../texts/speech';
import { BackToMerchant } from './BackToMerchant';
import { Working } from './Working';

/** The payment waits for the channel, the payer for us: closing, the time is up, no method at present. */
export function WaitingPage({ name, returnUrl }: { name: 'closing' | 'time-up' | 'no-method'; returnUrl: string | null }) {
  const { say } = useSpeech();
  return (
    <Working title={say(`${name}.title`)} text={say(`${name}.text`)}>
      {returnUrl !== null && <BackToMerchant returnUrl={returnUrl} />}
    </Working>
  );
}
