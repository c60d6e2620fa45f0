import { isFinal } from '../page-of';
import type { PaymentView } from '../payment-view';

/**
 * Views arrive by the stream, by polling and as answers to requests, and may overtake each other. The server's time orders
 * them; what is paid or closed never opens again, whatever an old answer says.
 */
export function newerView(known: PaymentView | null, arrived: PaymentView): PaymentView {
  if (known === null) return arrived;
  if (isFinal(known) && !isFinal(arrived)) return known;
  return Date.parse(arrived.server_time) >= Date.parse(known.server_time) ? arrived : known;
}
