import { useMediaQuery } from '../../shared/browser/use-media-query';
import { Amount } from '../../shared/money/Amount';
import { formatMoney } from '../../shared/money/format-money';
import type { PaymentView } from '../payment-view';
import type { TextKey } from '../texts/texts';
import { useSpeech } from '../texts/speech';
import { Countdown } from './Countdown';
import { kPhone } from './layout';
import { OrderDetails } from './OrderDetails';
import styles from './Summary.module.css';

const kAmountLabel: Readonly<Record<PaymentView['state'], TextKey>> = {
  open: 'summary.amount',
  closing: 'summary.amount.closed',
  closed: 'summary.amount.closed',
  paid: 'summary.amount.paid',
};

// From here on an amount is set smaller, to stay on its line.
const kLongAmount = 11;

/** Who is paid, how much, for what, until when. On a phone the details fold away under the amount. */
export function Summary({ view, remainingMs }: { view: PaymentView; remainingMs: number | null }) {
  const { say } = useSpeech();
  const phone = useMediaQuery(kPhone);
  const amountText = formatMoney(view.amount_minor, view.currency).text;
  return (
    <div className={styles.summary}>
      <div className={styles.merchant}>
        <span className={styles.initial} aria-hidden="true">
          {[...view.merchant_name.trim()][0]}
        </span>
        <span>
          <span className={styles.name}>{view.merchant_name}</span>
          {view.store_name !== null && <span className={styles.store}>{view.store_name}</span>}
        </span>
      </div>
      <p className={styles.label}>{say(kAmountLabel[view.state])}</p>
      <p className={amountText.length > kLongAmount ? `${styles.amount} ${styles.long}` : styles.amount} data-testid="amount">
        <Amount minor={view.amount_minor} currency={view.currency} />
      </p>
      {view.state === 'open' && remainingMs !== null && <Countdown remainingMs={remainingMs} />}
      {phone ? (
        <details className={styles.more}>
          <summary>{say('summary.more')}</summary>
          <OrderDetails view={view} />
        </details>
      ) : (
        <OrderDetails view={view} />
      )}
    </div>
  );
}
