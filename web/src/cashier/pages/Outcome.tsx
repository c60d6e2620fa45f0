import type { ReactNode } from 'react';
import { Heading } from './Heading';
import styles from './Outcome.module.css';

interface OutcomeProps {
  readonly icon: ReactNode;
  readonly good?: boolean;
  readonly title: string;
  readonly text: ReactNode;
  readonly children?: ReactNode;
}

/** How it ended: a sign, a sentence, and where to go from here. */
export function Outcome({ icon, good = false, title, text, children }: OutcomeProps) {
  return (
    <div className={styles.outcome}>
      <div className={good ? `${styles.icon} ${styles.good}` : styles.icon} aria-hidden="true">
        {icon}
      </div>
      <Heading text={text}>{title}</Heading>
      {children}
    </div>
  );
}
