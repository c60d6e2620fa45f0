import { createContext, useContext } from 'react';
import type { Language } from '../../shared/language/language';
import { type Say, sayIn, textKey } from './texts';

export interface Speech {
  readonly language: Language;
  readonly say: Say;
}

export const SpeechContext = createContext<Speech>({ language: 'zh-CN', say: sayIn('zh-CN') });

export function useSpeech(): Speech {
  return useContext(SpeechContext);
}

/** A method's own name; one that is new to this page goes by its code. */
export function methodName(say: Say, method: string): string {
  const key = textKey(`method.${method}`);
  return key === undefined ? method : say(key);
}

/** A moment in the reader's language and time zone. */
export function formatMoment(language: Language, rfc3339: string): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    year: 'numeric', month: language === 'en' ? 'short' : 'long', day: 'numeric',
    hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  }).format(new Date(rfc3339));
}
