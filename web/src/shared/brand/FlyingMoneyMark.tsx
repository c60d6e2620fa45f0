/** The flying-money mark: a round coin with a square hole, carried by the wind. Decorative, hence hidden. Same as flying-money.svg. */
export function FlyingMoneyMark({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <rect width="40" height="40" rx="11" fill="#f3bd6d" />
      <path fillRule="evenodd" fill="#0b3438" d="M25.5 10a10 10 0 1 1 0 20 10 10 0 0 1 0-20Zm-3.4 6.6v6.8h6.8v-6.8Z" />
      <path d="M7 14h6.5M7 26h6.5" stroke="#0b3438" strokeWidth="2.6" strokeLinecap="round" />
      <path d="M5 20h6" stroke="#a83a1c" strokeWidth="2.6" strokeLinecap="round" />
    </svg>
  );
}
