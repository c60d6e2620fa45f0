import styles from './FlyingCoin.module.css';

/** The coin of the mark, its wind lines passing: work in progress. Stands still for those who ask for less motion. */
export function FlyingCoin() {
  return (
    <svg width="84" height="56" viewBox="0 0 84 56" aria-hidden="true" focusable="false">
      <g className={styles.wind} stroke="#0f5c5e" strokeWidth="3.4" strokeLinecap="round">
        <path d="M6 18h22" />
        <path d="M14 28h12" stroke="#a83a1c" />
        <path d="M4 38h24" />
      </g>
      <path
        className={styles.coin}
        fillRule="evenodd"
        fill="#0f5c5e"
        d="M56 8a20 20 0 1 1 0 40 20 20 0 0 1 0-40Zm-7 13v14h14V21Z"
      />
    </svg>
  );
}
