import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { type CashierApi, cashierApi } from '../cashier-api';
import { type ServerClock, serverClock } from '../countdown';
import type { Start } from '../page-of';
import type { PaymentView, Scene } from '../payment-view';
import { isRedirect } from '../scenes';
import { type Failure, type Following, followPayment, type Link } from './follow-payment';
import { newerView } from './newer-view';

export interface FollowedPayment {
  readonly view: PaymentView | null;
  readonly clock: ServerClock | null;
  readonly failure: Failure | null;
  readonly link: Link;
  readonly start: Start;
  /** the page asked for a code, or the payer chose a way: from then on nothing starts by itself */
  readonly everStarted: boolean;
  /** Starts (or finds again) an attempt; with `page` and `wap` the browser then leaves for the channel's page. */
  readonly pay: (method: string, scene: Scene) => void;
  readonly refresh: () => void;
}

interface Seen {
  readonly view: PaymentView | null;
  readonly clock: ServerClock | null;
  readonly failure: Failure | null;
}

type News = { readonly view: PaymentView; readonly monotonicMs: number } | { readonly failure: Failure };

function seen(before: Seen, news: News): Seen {
  if ('failure' in news) return { ...before, failure: news.failure };
  const view = newerView(before.view, news.view);
  const clock = view === news.view ? serverClock(view.server_time, news.monotonicMs) : before.clock;
  return { view, clock, failure: null };
}

const kNone: Start = { status: 'none' };
// Leaving may fail or be stopped by the payer: then the page comes back and offers the same address again.
const kLeavingMs = 6_000;

export function usePayment(token: string): FollowedPayment {
  const [{ view, clock, failure }, tell] = useReducer(seen, { view: null, clock: null, failure: null });
  const [link, setLink] = useState<Link>('polling');
  const [start, setStart] = useState<Start>(kNone);
  const [everStarted, setEverStarted] = useState(false);
  const api = useRef<CashierApi | null>(null);
  const following = useRef<Following | null>(null);
  const starting = useRef<AbortController | null>(null);

  useEffect(() => {
    const cashier = (api.current = cashierApi(token));
    const followed = (following.current = followPayment(cashier, {
      onView: (arrived) => tell({ view: arrived, monotonicMs: performance.now() }),
      onFailure: (why) => tell({ failure: why }),
      onLink: setLink,
    }));
    return () => {
      followed.stop();
      starting.current?.abort();
    };
  }, [token]);

  const refresh = useCallback(() => following.current?.refresh(), []);

  useEffect(() => {
    const visible = () => document.visibilityState === 'visible' && refresh();
    const shown = (event: PageTransitionEvent) => {
      if (!event.persisted) return;
      setStart(kNone);
      refresh();
    };
    document.addEventListener('visibilitychange', visible);
    window.addEventListener('online', refresh);
    window.addEventListener('pageshow', shown);
    return () => {
      document.removeEventListener('visibilitychange', visible);
      window.removeEventListener('online', refresh);
      window.removeEventListener('pageshow', shown);
    };
  }, [refresh]);

  const pay = useCallback((method: string, scene: Scene) => {
    starting.current?.abort();
    const mine = (starting.current = new AbortController());
    setEverStarted(true);
    setStart({ status: 'under-way', method, scene });
    void api.current?.start(method, scene, mine.signal).then((answer) => {
      if (mine.signal.aborted) return;
      if (answer.kind === 'unreachable' || answer.kind === 'busy') {
        setStart({ status: 'refused', why: answer.kind });
        return;
      }
      if (answer.kind !== 'view') {
        setStart({ status: 'refused', why: 'impossible' });
        following.current?.refresh();
        return;
      }
      tell({ view: answer.view, monotonicMs: performance.now() });
      const attempt = answer.view.attempt;
      if (isRedirect(scene) && attempt?.state === 'pending' && attempt.redirect_url !== null) {
        setTimeout(() => mine.signal.aborted || setStart(kNone), kLeavingMs);
        location.assign(attempt.redirect_url);
        return;
      }
      setStart(kNone);
    });
  }, []);

  return { view, clock, failure, link, start, everStarted, pay, refresh };
}
