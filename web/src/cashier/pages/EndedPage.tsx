import { ClockCircleFilled, MinusCircleFilled, QuestionCircleFilled } from '@ant-design/icons';
import type { ComponentType } from 'react';
import { useSpeech } from '../texts/speech';
import { BackToMerchant } from './BackToMerchant';
import { Outcome } from './Outcome';

type Ended = 'expired' | 'closed' | 'barcode-failed' | 'not-found';

const kIcon: Readonly<Record<Ended, ComponentType>> = {
  'expired': ClockCircleFilled,
  'closed': MinusCircleFilled,
  'barcode-failed': MinusCircleFilled,
  'not-found': QuestionCircleFilled,
};

/** Nothing can be paid here any more. */
export function EndedPage({ name, returnUrl }: { name: Ended; returnUrl: string | null }) {
  const { say } = useSpeech();
  const Icon = kIcon[name];
  return (
    <Outcome icon={<Icon />} title={say(`${name}.title`)} text={say(`${name}.text`)}>
      {returnUrl !== null && <BackToMerchant returnUrl={returnUrl} primary />}
    </Outcome>
  );
}
