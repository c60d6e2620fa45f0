/** The languages every screen of the platform speaks, Chinese first. The value is what the document's `lang` says. */
export const kLanguages = ['zh-CN', 'en'] as const;
export type Language = (typeof kLanguages)[number];

/** "zh", "zh-Hans-CN", "en-GB" … → the language we speak, null for one we do not. */
export function languageFrom(tag: string | null | undefined): Language | null {
  const primary = (tag ?? '').trim().toLowerCase().split(/[-_]/)[0];
  if (primary === 'zh') return 'zh-CN';
  if (primary === 'en') return 'en';
  return null;
}

/** What the address asks for, then what the reader chose before, then what the browser prefers, then Chinese. */
export function chooseLanguage(asked: string | null, saved: string | null, preferred: readonly string[]): Language {
  for (const tag of [asked, saved, ...preferred]) {
    const language = languageFrom(tag);
    if (language !== null) return language;
  }
  return 'zh-CN';
}
