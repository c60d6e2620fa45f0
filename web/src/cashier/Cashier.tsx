import { ConfigProvider } from 'antd';
import { useEffect, useMemo } from 'react';
import { useMediaQuery } from '../shared/browser/use-media-query';
import { useLanguage } from '../shared/language/use-language';
import { formatMoney } from '../shared/money/format-money';
import { feiqianTheme } from '../shared/theme/theme';
import { usePayment } from './following/use-payment';
import { useRemaining } from './following/use-remaining';
import { Frame } from './frame/Frame';
import { type Page, pageOf } from './page-of';
import { CurrentPage } from './pages/CurrentPage';
import type { PaymentView } from './payment-view';
import { SpeechContext } from './texts/speech';
import { type Say, sayIn } from './texts/texts';
import { titleOf } from './texts/title-of';

/** The hosted cashier: what is known of the payment decides the page, the frame around it shows the order. */
export function Cashier({ token }: { token: string | null }) {
  const [language, chooseLanguage] = useLanguage();
  const speech = useMemo(() => ({ language, say: sayIn(language) }), [language]);
  const reducedMotion = useMediaQuery('(prefers-reduced-motion: reduce)');
  const theme = useMemo(() => feiqianTheme(reducedMotion), [reducedMotion]);
  return (
    <ConfigProvider theme={theme} button={{ autoInsertSpace: false }} wave={{ disabled: true }}>
      <SpeechContext.Provider value={speech}>
        {token === null ? (
          <Frame view={null} remainingMs={null} link="live" page={{ name: 'not-found' }} onLanguage={chooseLanguage}>
            <CurrentPage page={{ name: 'not-found' }} payment={null} />
          </Frame>
        ) : (
          <FollowedCashier token={token} onLanguage={chooseLanguage} say={speech.say} />
        )}
      </SpeechContext.Provider>
    </ConfigProvider>
  );
}

type Followed = { token: string; onLanguage: Parameters<typeof Frame>[0]['onLanguage']; say: Say };

function FollowedCashier({ token, onLanguage, say }: Followed) {
  const payment = usePayment(token);
  const { view, clock, failure, start, link, refresh } = payment;
  const remainingMs = useRemaining(view?.expires_at ?? null, clock);
  const timeIsUp = remainingMs === 0;
  const page = pageOf({ view, failure, timeIsUp, start });

  useEffect(() => {
    if (timeIsUp) refresh();
  }, [timeIsUp, refresh]);
  useEffect(() => {
    document.title = documentTitle(say, page, view);
  });

  return (
    <Frame view={view} remainingMs={remainingMs} link={link} page={page} onLanguage={onLanguage}>
      <CurrentPage page={page} payment={payment} />
    </Frame>
  );
}

function documentTitle(say: Say, page: Page, view: PaymentView | null): string {
  if (view === null) return `${titleOf(page, say)} · ${say('cashier')}`;
  const amount = formatMoney(view.amount_minor, view.currency).text;
  return `${titleOf(page, say)} ${amount} · ${view.merchant_name}`;
}
