import type { ReactNode } from 'react';
import styles from './CodeCard.module.css';

interface CodeCardProps {
  /** the server's drawing of the code, null while it is on its way */
  readonly svg: string | null;
  readonly alt: string;
  readonly caption: ReactNode;
  readonly text: ReactNode;
}

/** The code as a picture: as an image it can neither run a script nor load anything. */
export function CodeCard({ svg, alt, caption, text }: CodeCardProps) {
  return (
    <figure className={styles.card}>
      <div className={styles.code}>
        {svg === null ? (
          <div className={styles.waiting} aria-hidden="true" />
        ) : (
          <img src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`} alt={alt} data-testid="qr" />
        )}
      </div>
      <figcaption>
        <span className={styles.caption}>{caption}</span>
        <span className={styles.text}>{text}</span>
      </figcaption>
    </figure>
  );
}
