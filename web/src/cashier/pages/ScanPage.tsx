import { Button } from 'antd';
import { useCallback } from 'react';
import { useMediaQuery } from '../../shared/browser/use-media-query';
import { formatMoney } from '../../shared/money/format-money';
import { kPhone } from '../frame/layout';
import type { Attempt, PaymentView, Scene } from '../payment-view';
import { isRedirect, sandboxWallet, scenesFor } from '../scenes';
import { methodName, useSpeech } from '../texts/speech';
import { CodeCard } from './CodeCard';
import { Heading } from './Heading';
import { MethodPicker } from './MethodPicker';
import styles from './ScanPage.module.css';

interface ScanPageProps {
  readonly view: PaymentView;
  readonly method: string;
  /** the attempt whose code is shown; null while the code is on its way: the page is the same, so that nothing jumps */
  readonly attempt: Attempt | null;
  readonly onPay: (method: string, scene: Scene) => void;
}

/** The code for the payer's phone, and beside it the way without a second device. */
export function ScanPage({ view, method, attempt, onPay }: ScanPageProps) {
  const { say } = useSpeech();
  const phone = useMediaQuery(kPhone);
  const name = methodName(say, method);
  const amount = formatMoney(view.amount_minor, view.currency).text;
  const sandbox = sandboxWallet(attempt?.qr_code ?? null);
  const other = useCallback((chosen: string) => onPay(chosen, 'qr'), [onPay]);
  return (
    <>
      <Heading>{say('scan.title')}</Heading>
      {!phone && <MethodPicker methods={withQr(view, method)} chosen={method} onChoose={other} starts />}
      {attempt === null ? (
        <CodeCard svg={null} alt="" caption={say('preparing.qr')} text={say('preparing.qr.text', { method: name })} />
      ) : (
        <CodeCard
          svg={attempt.qr_svg}
          alt={say('scan.qr', { method: name, amount })}
          caption={say(phone ? 'scan.text.phone' : 'scan.text', { method: name })}
          text={say('scan.follows')}
        />
      )}
      {attempt !== null && <WithoutCode view={view} method={method} phone={phone} onPay={onPay} />}
      {sandbox !== null && (
        <a className={styles.sandbox} href={sandbox} target="_blank" rel="noopener noreferrer" data-testid="sandbox-wallet">
          {say('scan.sandbox')}
        </a>
      )}
    </>
  );
}

type WithoutCodeProps = Pick<ScanPageProps, 'view' | 'method' | 'onPay'> & { readonly phone: boolean };

function WithoutCode({ view, method, phone, onPay }: WithoutCodeProps) {
  const { say } = useSpeech();
  const offered = view.methods.find((each) => each.method === method);
  const scene = scenesFor(phone ? 'phone' : 'pc', offered).find(isRedirect);
  if (scene === undefined) return null;
  const values = { method: methodName(say, method), amount: formatMoney(view.amount_minor, view.currency).text };
  return (
    <div className={styles.other}>
      <span className={styles.or}>{say('scan.or')}</span>
      <Button block size="large" type={phone ? 'primary' : 'default'} data-testid={`pay-${scene}`} onClick={() => onPay(method, scene)}>
        {say(scene === 'wap' ? 'choose.wap' : 'choose.page', values)}
      </Button>
    </div>
  );
}

/** The methods that have a code; the shown one stays, even if it was withdrawn meanwhile. */
function withQr(view: PaymentView, shown: string) {
  return view.methods.filter((each) => each.method === shown || each.scenes.includes('qr'));
}
