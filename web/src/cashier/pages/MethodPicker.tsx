import { AlipayCircleFilled, BankFilled, WechatFilled } from '@ant-design/icons';
import { useEffect, useId, useState } from 'react';
import type { OfferedMethod } from '../payment-view';
import { methodName, useSpeech } from '../texts/speech';
import styles from './MethodPicker.module.css';

interface MethodPickerProps {
  readonly methods: readonly OfferedMethod[];
  readonly chosen: string;
  readonly onChoose: (method: string) => void;
  /** a choice starts an attempt at once: then only a method the payer rests on is chosen */
  readonly starts?: boolean;
}

// The arrow keys walk through the methods one by one, and each attempt is a request to a channel.
const kRestMs = 350;

/** The methods as radio buttons; a single one is shown, not asked. */
export function MethodPicker({ methods, chosen, onChoose, starts = false }: MethodPickerProps) {
  const { say } = useSpeech();
  const group = useId();
  const [resting, setResting] = useState(chosen);
  useEffect(() => setResting(chosen), [chosen]);
  useEffect(() => {
    if (!starts || resting === chosen) return undefined;
    const timer = setTimeout(() => onChoose(resting), kRestMs);
    return () => clearTimeout(timer);
  }, [starts, resting, chosen, onChoose]);
  const choose = (method: string) => {
    setResting(method);
    if (!starts) onChoose(method);
  };

  if (methods.length < 2) {
    return (
      <div className={styles.only}>
        <span className={styles.label}>{say('method.only')}</span>
        <MethodLabel method={chosen} />
      </div>
    );
  }
  return (
    <fieldset className={styles.methods}>
      <legend className="visually-hidden">{say('method.choose')}</legend>
      {methods.map(({ method }) => (
        <label key={method} className={styles.method}>
          <input
            type="radio"
            name={group}
            value={method}
            checked={method === resting}
            onChange={() => choose(method)}
          />
          <MethodLabel method={method} />
          <span className={styles.dot} aria-hidden="true" />
        </label>
      ))}
    </fieldset>
  );
}

function MethodLabel({ method }: { method: string }) {
  const { say } = useSpeech();
  return (
    <span className={styles.name}>
      <MethodIcon method={method} />
      {methodName(say, method)}
    </span>
  );
}

function MethodIcon({ method }: { method: string }) {
  if (method === 'alipay') return <AlipayCircleFilled className={styles.alipay ?? ''} aria-hidden="true" />;
  if (method === 'wechatpay') return <WechatFilled className={styles.wechat ?? ''} aria-hidden="true" />;
  return <BankFilled className={styles.bank ?? ''} aria-hidden="true" />;
}
