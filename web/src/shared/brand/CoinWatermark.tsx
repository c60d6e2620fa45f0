/** The coin of the mark, large and faint, for the ink side of a page. Decorative. */
export function CoinWatermark({ className }: { className: string }) {
  return (
    <svg className={className} viewBox="0 0 520 400" fill="none" stroke="#f3bd6d" aria-hidden="true" focusable="false">
      <circle cx="330" cy="200" r="176" strokeWidth="2" />
      <circle cx="330" cy="200" r="160" strokeWidth="2" />
      <rect x="272" y="142" width="116" height="116" rx="6" strokeWidth="2" />
      <rect x="284" y="154" width="92" height="92" rx="4" strokeWidth="2" />
      <path d="M40 116h92M4 200h124M40 284h92" strokeWidth="2" strokeLinecap="round" />
      <path d="M64 132h66M28 216h98M64 300h66" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
