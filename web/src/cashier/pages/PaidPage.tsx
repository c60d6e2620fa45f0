import { CheckCircleFilled } from '@ant-design/icons';
import { formatMoney } from '../../shared/money/format-money';
import type { PaymentView } from '../payment-view';
import { formatMoment, useSpeech } from '../texts/speech';
import { Outcome } from './Outcome';
import styles from './PaidPage.module.css';
import { ReturnAfterPayment } from './ReturnAfterPayment';

/** The receipt: amount, time, numbers, and the way back to the merchant. */
export function PaidPage({ view }: { view: PaymentView }) {
  const { language, say } = useSpeech();
  const amount = formatMoney(view.amount_minor, view.currency).text;
  const facts: ReadonlyArray<readonly [string, string]> = [
    [say('paid.amount'), amount],
    [say('summary.paid_at'), view.paid_at === null ? '—' : formatMoment(language, view.paid_at)],
    [say('summary.payment_no'), view.payment_id],
  ];
  return (
    <Outcome icon={<CheckCircleFilled />} good title={say('paid.title')} text={say('paid.text', { merchant: view.merchant_name })}>
      <span className={styles.seal} aria-hidden="true">
        {say('paid.seal')}
      </span>
      {view.refunded_minor > 0 && (
        <p className={styles.refunded}>
          {say('paid.refunded', { amount: formatMoney(view.refunded_minor, view.currency).text })}
        </p>
      )}
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {view.return_url === null ? (
        <p className={styles.done}>{say('paid.done')}</p>
      ) : (
        <ReturnAfterPayment paymentId={view.payment_id} returnUrl={view.return_url} />
      )}
    </Outcome>
  );
}
