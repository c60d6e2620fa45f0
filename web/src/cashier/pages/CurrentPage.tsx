import { useEffect, useRef } from 'react';
import type { FollowedPayment } from '../following/use-payment';
import type { Page } from '../page-of';
import { AwayPage } from './AwayPage';
import { ChoosePage } from './ChoosePage';
import { ConfirmingPage } from './ConfirmingPage';
import { EndedPage } from './EndedPage';
import { LeavingPage } from './LeavingPage';
import { LoadingPage } from './LoadingPage';
import { PaidPage } from './PaidPage';
import { ScanPage } from './ScanPage';
import { UnreachablePage } from './UnreachablePage';
import { WaitingPage } from './WaitingPage';

/**
 * The component of each page. When the page changes, the focus goes to its heading, so that a keyboard goes on from there. A
 * code being fetched and a code shown are one page to the eye: there the focus stays where it is.
 */
export function CurrentPage({ page, payment }: { page: Page; payment: FollowedPayment | null }) {
  const area = useRef<HTMLDivElement>(null);
  const before = useRef(page.name);
  useEffect(() => {
    if (before.current === page.name) return;
    const stays = before.current === 'loading' || (isCode(before.current) && isCode(page.name));
    before.current = page.name;
    if (!stays) area.current?.querySelector('h1')?.focus({ preventScroll: true });
  }, [page.name]);
  return (
    <div ref={area} data-testid={`page-${page.name}`}>
      {content(page, payment)}
    </div>
  );
}

function isCode(name: Page['name']): boolean {
  return name === 'scan' || name === 'preparing';
}

function content(page: Page, payment: FollowedPayment | null) {
  if (page.name === 'not-found') return <EndedPage name="not-found" returnUrl={null} />;
  if (page.name === 'unreachable') return <UnreachablePage onRetry={() => payment?.refresh()} />;
  if (payment === null || payment.view === null || page.name === 'loading') return <LoadingPage />;
  const { view, pay, start, everStarted } = payment;
  switch (page.name) {
    case 'paid':
      return <PaidPage view={view} />;
    case 'expired':
    case 'closed':
    case 'barcode-failed':
      return <EndedPage name={page.name} returnUrl={view.return_url} />;
    case 'closing':
    case 'time-up':
    case 'no-method':
      return <WaitingPage name={page.name} returnUrl={view.return_url} />;
    case 'confirming':
      return <ConfirmingPage view={view} onPay={pay} />;
    case 'preparing':
      if (page.scene !== 'qr') return <LeavingPage method={page.method} />;
      return <ScanPage view={view} method={page.method} attempt={null} onPay={pay} />;
    case 'scan':
      return <ScanPage view={view} method={view.attempt?.method ?? ''} attempt={view.attempt} onPay={pay} />;
    case 'away':
      return <AwayPage view={view} onPay={pay} />;
    case 'choose':
    case 'failed':
      return <ChoosePage view={view} failed={page.name === 'failed'} start={start} everStarted={everStarted} onPay={pay} />;
  }
}
