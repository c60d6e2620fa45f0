import { decodeView, type PaymentView, type Scene, UnreadableView } from './payment-view';

/** The cashier's interface (docs/cashier-api.md). Every failure is one of these kinds, each with something the payer can do. */
export type Answer =
  | { readonly kind: 'view'; readonly view: PaymentView }
  | { readonly kind: 'not-found' | 'changed' | 'busy' | 'unreachable' | 'unreadable' };

const kAnswerWithinMs = 12_000;

export interface CashierApi {
  view(signal?: AbortSignal): Promise<Answer>;
  start(method: string, scene: Scene, signal?: AbortSignal): Promise<Answer>;
  readonly eventsUrl: string;
}

/** `/cashier/{token}` → the token, null when the address has none. */
export function tokenIn(pathname: string): string | null {
  return /^\/cashier\/([^/]+)\/?$/.exec(pathname)?.[1] ?? null;
}

export function cashierApi(token: string): CashierApi {
  const base = `/cashier/api/${token}`;
  return {
    eventsUrl: `${base}/events`,
    view: (signal) => ask(base, {}, signal),
    start: (method, scene, signal) =>
      ask(
        `${base}/attempts`,
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ method, scene }) },
        signal,
      ),
  };
}

async function ask(url: string, request: RequestInit, signal?: AbortSignal): Promise<Answer> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), kAnswerWithinMs);
  const abort = () => late.abort();
  signal?.addEventListener('abort', abort);
  try {
    const response = await fetch(url, { ...request, cache: 'no-store', credentials: 'omit', signal: late.signal });
    if (response.ok) return { kind: 'view', view: decodeView(await response.json()) };
    return { kind: kindOf(response.status) };
  } catch (error) {
    return { kind: error instanceof UnreadableView || error instanceof SyntaxError ? 'unreadable' : 'unreachable' };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** 409 and 422: the payment or its methods are no longer what the page shows — look again instead of repeating. */
function kindOf(status: number): 'not-found' | 'changed' | 'busy' {
  if (status === 404) return 'not-found';
  if (status === 409 || status === 422) return 'changed';
  return 'busy';
}
