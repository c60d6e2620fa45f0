import { useCallback, useEffect, useState } from 'react';
import { chooseLanguage, type Language } from './language';

const kSavedUnder = 'feiqian.language';

/** The reader's language, kept in the browser; the document's `lang` follows it. */
export function useLanguage(): readonly [Language, (language: Language) => void] {
  const [language, setLanguage] = useState<Language>(() =>
    chooseLanguage(new URLSearchParams(location.search).get('lang'), saved(), navigator.languages),
  );
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choose = useCallback((next: Language) => {
    setLanguage(next);
    save(next);
    correctAddress(next);
  }, []);
  return [language, choose];
}

// A browser may forbid storage (private windows): the choice then lasts as long as the page.
function saved(): string | null {
  try {
    return localStorage.getItem(kSavedUnder);
  } catch {
    return null;
  }
}

function save(language: Language): void {
  try {
    localStorage.setItem(kSavedUnder, language);
  } catch {
    return;
  }
}

/** An address that asks for a language would win again at the next reload over the choice just made. */
function correctAddress(language: Language): void {
  const address = new URL(location.href);
  if (!address.searchParams.has('lang')) return;
  address.searchParams.set('lang', language);
  history.replaceState(history.state, '', address);
}
