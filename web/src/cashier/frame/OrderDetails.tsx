import { formatMoney } from '../../shared/money/format-money';
import type { PaymentView } from '../payment-view';
import { formatMoment, useSpeech } from '../texts/speech';
import styles from './OrderDetails.module.css';

// A longer list scrolls, and must then be reachable by keyboard.
const kLinesInSight = 6;

export function OrderDetails({ view }: { view: PaymentView }) {
  const { language, say } = useSpeech();
  return (
    <div className={styles.details}>
      <h2 className={styles.subject}>{view.subject}</h2>
      {view.goods.length > 0 && (
        <ul className={styles.goods} aria-label={say('summary.goods')} tabIndex={view.goods.length > kLinesInSight ? 0 : undefined}>
          {view.goods.map((goods, line) => (
            <li key={line}>
              <span className={styles.what}>{goods.name}</span>
              <span className={styles.price}>
                {formatMoney(goods.price_minor, view.currency).text}
                <span className={styles.quantity}> × {goods.quantity}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
      <dl className={styles.facts}>
        {view.refunded_minor > 0 && (
          <Fact name={say('summary.refunded')} value={formatMoney(view.refunded_minor, view.currency).text} />
        )}
        <Fact name={say('summary.order_no')} value={view.merchant_order_no} />
        <Fact name={say('summary.created_at')} value={formatMoment(language, view.created_at)} />
      </dl>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
