import type { ReactNode } from 'react';
import styles from './Heading.module.css';

export function Heading({ children, text }: { children: ReactNode; text?: ReactNode }) {
  return (
    <div className={styles.heading}>
      <h1 tabIndex={-1}>{children}</h1>
      {text !== undefined && <p>{text}</p>}
    </div>
  );
}
