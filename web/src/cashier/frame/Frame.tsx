import type { ReactNode } from 'react';
import { CoinWatermark } from '../../shared/brand/CoinWatermark';
import { FlyingMoneyMark } from '../../shared/brand/FlyingMoneyMark';
import type { Language } from '../../shared/language/language';
import type { Link } from '../following/follow-payment';
import type { Page } from '../page-of';
import type { PaymentView } from '../payment-view';
import { useSpeech } from '../texts/speech';
import { Announcement } from './Announcement';
import { ConnectionNotice } from './ConnectionNotice';
import styles from './Frame.module.css';
import { LanguageSwitch } from './LanguageSwitch';
import { Summary } from './Summary';

interface FrameProps {
  readonly view: PaymentView | null;
  readonly remainingMs: number | null;
  readonly link: Link;
  readonly page: Page;
  readonly onLanguage: (language: Language) => void;
  readonly children: ReactNode;
}

/** What stands around every page: brand, language, the order at the side (PC) or on top (phone), what just changed. */
export function Frame({ view, remainingMs, link, page, onLanguage, children }: FrameProps) {
  const { say } = useSpeech();
  return (
    <div className={styles.frame}>
      <div className={styles.ink} aria-hidden="true">
        <CoinWatermark className={styles.watermark ?? ''} />
      </div>
      <header className={styles.header}>
        <span className={styles.brand}>
          <FlyingMoneyMark size={30} />
          <span>{say('cashier')}</span>
        </span>
        <LanguageSwitch onLanguage={onLanguage} />
      </header>
      <aside className={styles.side} aria-label={say('summary')}>
        {view !== null && <Summary view={view} remainingMs={remainingMs} />}
      </aside>
      <main className={styles.main}>
        <div className={styles.panel}>
          {link === 'lost' && view !== null && <ConnectionNotice />}
          {children}
        </div>
      </main>
      <footer className={styles.footer}>{say('footer')}</footer>
      <Announcement page={page} remainingMs={remainingMs} open={view?.state === 'open'} />
    </div>
  );
}
