import type { ReactNode } from 'react';
import { FlyingCoin } from './FlyingCoin';
import { Heading } from './Heading';
import styles from './Working.module.css';

/** Something is under way elsewhere: a coin in flight, what is awaited, and what the payer may do meanwhile. */
export function Working({ title, text, children }: { title: string; text: ReactNode; children?: ReactNode }) {
  return (
    <div className={styles.working}>
      <FlyingCoin />
      <Heading text={text}>{title}</Heading>
      {children !== undefined && <div className={styles.actions}>{children}</div>}
    </div>
  );
}
