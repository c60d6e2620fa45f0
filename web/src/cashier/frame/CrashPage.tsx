import { Component, type ReactNode } from 'react';
import { chooseLanguage } from '../../shared/language/language';
import { sayIn } from '../texts/texts';
import styles from './CrashPage.module.css';

/** The last net: a fault of the page itself is said plainly, and never leaves the payer with a blank screen. */
export class CrashPage extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError(): { crashed: boolean } {
    return { crashed: true };
  }

  override render(): ReactNode {
    if (!this.state.crashed) return this.props.children;
    const say = sayIn(chooseLanguage(document.documentElement.lang, null, navigator.languages));
    return (
      <main className={styles.crash} role="alert">
        <h1>{say('crash.title')}</h1>
        <p>{say('crash.text')}</p>
        <button type="button" onClick={() => location.reload()}>
          {say('crash.reload')}
        </button>
      </main>
    );
  }
}
