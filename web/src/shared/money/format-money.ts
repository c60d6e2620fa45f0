import { exponentOf, signOf } from './currency';

/** An amount taken apart for display. `text` is the whole, for sentences and screen readers. */
export interface DisplayedMoney {
  readonly minus: string;
  readonly sign: string;
  readonly whole: string;
  /** with its point, empty for a currency without minor unit */
  readonly fraction: string;
  readonly text: string;
}

/**
 * Digits are moved, never divided: no floating point touches an amount. `amountMinor` must be a safe integer (the decoder of
 * the view checks it); anything else throws a RangeError.
 */
export function formatMoney(amountMinor: number, currency: string): DisplayedMoney {
  if (!Number.isSafeInteger(amountMinor)) throw new RangeError('an amount is an integer of minor units');
  const minus = amountMinor < 0 ? '−' : '';
  const exponent = exponentOf(currency);
  const digits = String(Math.abs(amountMinor));
  if (exponent === null) {
    const whole = grouped(digits);
    return { minus, sign: `${currency} `, whole, fraction: ' (minor)', text: `${minus}${currency} ${whole} (minor)` };
  }
  const padded = digits.padStart(exponent + 1, '0');
  const whole = grouped(padded.slice(0, padded.length - exponent));
  const fraction = exponent === 0 ? '' : `.${padded.slice(-exponent)}`;
  const sign = signOf(currency) ?? `${currency} `;
  return { minus, sign, whole, fraction, text: `${minus}${sign}${whole}${fraction}` };
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}
