import type { Failure } from './following/follow-payment';
import type { PaymentView, Scene } from './payment-view';

/** What the payer is shown. Every page is decided here, from what is known, and nowhere else. */
export type Page =
  | { readonly name: 'loading' | 'not-found' | 'unreachable' }
  | { readonly name: 'paid' | 'expired' | 'closed' | 'barcode-failed' | 'closing' | 'time-up' }
  | { readonly name: 'confirming' | 'scan' | 'away' | 'choose' | 'failed' | 'no-method' }
  | { readonly name: 'preparing'; readonly method: string; readonly scene: Scene };

/** The payer's own last request to pay: none, on its way, or refused. */
export type Start =
  | { readonly status: 'none' }
  | { readonly status: 'under-way'; readonly method: string; readonly scene: Scene }
  | { readonly status: 'refused'; readonly why: 'unreachable' | 'busy' | 'impossible' };

export interface Known {
  readonly view: PaymentView | null;
  readonly failure: Failure | null;
  readonly timeIsUp: boolean;
  readonly start: Start;
}

/** In order of precedence: facts about the money, then about the time, then about the attempt, then what can be done. */
export function pageOf({ view, failure, timeIsUp, start }: Known): Page {
  if (failure === 'not-found') return { name: 'not-found' };
  if (view === null) return { name: failure === null ? 'loading' : 'unreachable' };
  if (view.state === 'paid') return { name: 'paid' };
  if (view.state === 'closed') {
    if (view.close_reason === 'expired') return { name: 'expired' };
    return { name: view.close_reason === 'barcode_failed' ? 'barcode-failed' : 'closed' };
  }
  if (view.state === 'closing') return { name: 'closing' };
  if (timeIsUp) return { name: 'time-up' };
  return pageOfOpen(view, start);
}

function pageOfOpen(view: PaymentView, start: Start): Page {
  const attempt = view.attempt;
  if (start.status === 'under-way') {
    const codeIsHere =
      start.scene === 'qr' && attempt?.scene === 'qr' && attempt.state === 'pending' && attempt.method === start.method;
    if (!(codeIsHere && attempt.qr_svg !== null)) return { name: 'preparing', method: start.method, scene: start.scene };
  }
  if (attempt?.state === 'created' || attempt?.state === 'unknown' || attempt?.state === 'succeeded') {
    return { name: 'confirming' };
  }
  if (start.status !== 'refused' && attempt?.state === 'pending') {
    if (attempt.qr_svg !== null) return { name: 'scan' };
    return { name: attempt.redirect_url !== null ? 'away' : 'confirming' };
  }
  if (!view.methods.some((offered) => offered.scenes.length > 0)) return { name: 'no-method' };
  if (start.status !== 'refused' && (attempt?.state === 'failed' || attempt?.state === 'closed')) return { name: 'failed' };
  return { name: 'choose' };
}

/** Nothing more will happen to the payment: nothing needs to be followed. */
export function isFinal(view: PaymentView): boolean {
  return view.state === 'paid' || view.state === 'closed';
}
