import type { CashierApi } from '../cashier-api';
import { isFinal } from '../page-of';
import { decodeView, type PaymentView } from '../payment-view';

/** How the payment's state reaches the page: by the stream, by asking again and again, or not at all at present. */
export type Link = 'live' | 'polling' | 'lost';
export type Failure = 'not-found' | 'unreachable' | 'unreadable';

export interface Listener {
  onView(view: PaymentView): void;
  onFailure(failure: Failure): void;
  onLink(link: Link): void;
}

export interface Following {
  /** Ask now: the page became visible, the network came back, the time is up, the payer pressed "try again". */
  refresh(): void;
  stop(): void;
}

const kPollMs = 3_000;
const kReopenMs = 5_000;
// A stream may be dead without an error (a sleeping laptop, a proxy): a slow question beside it finds out.
const kCheckLiveMs = 25_000;

/**
 * Follows one payment until it is final: server-sent events, and polling while the stream is broken. Single-threaded; after
 * stop() the listener is never called again.
 */
export function followPayment(api: CashierApi, listener: Listener): Following {
  let stopped = false;
  let stream: EventSource | null = null;
  let live = false;
  let pollTimer: number | undefined;
  let reopenTimer: number | undefined;
  let asking: AbortController | null = null;

  const stop = () => {
    stopped = true;
    stream?.close();
    asking?.abort();
    clearTimeout(pollTimer);
    clearTimeout(reopenTimer);
  };

  const arrived = (view: PaymentView) => {
    listener.onView(view);
    if (isFinal(view)) stop();
    else if (stream === null) openStream();
  };

  const pollAfter = (ms: number) => {
    clearTimeout(pollTimer);
    if (!stopped) pollTimer = window.setTimeout(poll, ms);
  };

  const poll = async () => {
    asking?.abort();
    const mine = (asking = new AbortController());
    const answer = await api.view(mine.signal);
    if (stopped || mine.signal.aborted) return;
    if (answer.kind === 'view') {
      listener.onLink(live ? 'live' : 'polling');
      arrived(answer.view);
    } else if (answer.kind === 'not-found') {
      listener.onFailure('not-found');
      stop();
    } else {
      live = false;
      listener.onLink('lost');
      listener.onFailure(answer.kind === 'unreadable' ? 'unreadable' : 'unreachable');
    }
    pollAfter(live ? kCheckLiveMs : kPollMs);
  };

  const openStream = () => {
    const opened = (stream = new EventSource(api.eventsUrl));
    opened.addEventListener('state', (event: MessageEvent<string>) => {
      if (stopped) return;
      live = true;
      listener.onLink('live');
      pollAfter(kCheckLiveMs);
      try {
        arrived(decodeView(JSON.parse(event.data)));
      } catch {
        listener.onFailure('unreadable');
      }
    });
    opened.onerror = () => {
      if (stopped) return;
      if (live) pollAfter(0);
      live = false;
      // Refused for good (a status other than 200): the browser does not come back by itself.
      if (opened.readyState === EventSource.CLOSED) {
        clearTimeout(reopenTimer);
        reopenTimer = window.setTimeout(openStream, kReopenMs);
      }
    };
  };

  void poll();
  return { refresh: () => pollAfter(0), stop };
}
