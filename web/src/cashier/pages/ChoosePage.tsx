import { Alert, Button } from 'antd';
import { useEffect, useState } from 'react';
import { useMediaQuery } from '../../shared/browser/use-media-query';
import { formatMoney } from '../../shared/money/format-money';
import { kPhone } from '../frame/layout';
import type { Start } from '../page-of';
import type { PaymentView, Scene } from '../payment-view';
import { scenesFor } from '../scenes';
import { methodName, useSpeech } from '../texts/speech';
import type { Say } from '../texts/texts';
import { textKey } from '../texts/texts';
import { Heading } from './Heading';
import { MethodPicker } from './MethodPicker';
import styles from './ChoosePage.module.css';

interface ChoosePageProps {
  readonly view: PaymentView;
  readonly failed: boolean;
  readonly start: Start;
  readonly everStarted: boolean;
  readonly onPay: (method: string, scene: Scene) => void;
}

/**
 * How to pay: on a phone the button into the wallet first, on a PC the code. On a PC the first code is asked for at once; after
 * that the payer decides what comes next.
 */
export function ChoosePage({ view, failed, start, everStarted, onPay }: ChoosePageProps) {
  const { say } = useSpeech();
  const layout = useMediaQuery(kPhone) ? 'phone' : 'pc';
  const methods = view.methods.filter((offered) => offered.scenes.length > 0);
  const [wanted, setWanted] = useState(view.attempt?.method ?? null);
  const offered = methods.find((each) => each.method === wanted) ?? methods[0];
  const method = offered?.method ?? '';
  const scenes = scenesFor(layout, offered);
  const atOnce = layout === 'pc' && !everStarted && view.attempt === null && scenes[0] === 'qr';

  useEffect(() => {
    if (atOnce) onPay(method, 'qr');
  }, [atOnce, method, onPay]);

  const amount = formatMoney(view.amount_minor, view.currency).text;
  return (
    <>
      <Heading>{say(failed ? 'failed.title' : layout === 'phone' ? 'choose.phone.title' : 'choose.title')}</Heading>
      {failed && <Failure view={view} />}
      {start.status === 'refused' && (
        <Alert className={styles.notice ?? ''} role="alert" type="error" showIcon title={say(`start.${start.why}`)} data-testid="start-refused" />
      )}
      <MethodPicker methods={methods} chosen={method} onChoose={setWanted} />
      <div className={styles.actions}>
        {scenes.map((scene, at) => (
          <Button
            key={scene}
            block
            size="large"
            type={at === 0 ? 'primary' : 'default'}
            data-testid={`pay-${scene}`}
            onClick={() => onPay(method, scene)}
          >
            {say(actionText(scene, layout === 'phone', failed && at === 0), { method: methodName(say, method), amount })}
          </Button>
        ))}
      </div>
    </>
  );
}

function actionText(scene: Scene, phone: boolean, again: boolean): Parameters<Say>[0] {
  if (scene === 'qr') return again && !phone ? 'failed.retry.qr' : phone ? 'choose.qr.phone' : 'choose.qr';
  if (again) return 'failed.retry.redirect';
  return scene === 'wap' ? 'choose.wap' : 'choose.page';
}

/** Why it failed, in our own words where we have them; the code helps whoever is asked for help. */
function Failure({ view }: { view: PaymentView }) {
  const { say } = useSpeech();
  const code = view.attempt?.error?.code;
  const key = code === undefined ? undefined : textKey(`failed.${code}`);
  return (
    <Alert
      className={styles.notice ?? ''}
      type="error"
      showIcon
      title={say(key ?? 'failed.text')}
      description={code === undefined ? undefined : <span className={styles.code}>{say('failed.code', { code })}</span>}
    />
  );
}
