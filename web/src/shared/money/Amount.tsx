import styles from './Amount.module.css';
import { formatMoney } from './format-money';

/** A large amount: the sign and the fraction smaller than the whole, read out as one text. */
export function Amount({ minor, currency }: { minor: number; currency: string }) {
  const money = formatMoney(minor, currency);
  return (
    <span className={styles.amount}>
      <span aria-hidden="true">
        {money.minus}
        <span className={styles.sign}>{money.sign}</span>
        {money.whole}
        <span className={styles.fraction}>{money.fraction}</span>
      </span>
      <span className="visually-hidden">{`${money.text} ${currency}`}</span>
    </span>
  );
}
