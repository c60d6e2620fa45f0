import { expect, it } from 'vitest';
import { chooseLanguage } from './language';

it.each([
  ['the address first', 'en', 'zh-CN', ['zh-CN'], 'en'],
  ['the address in any spelling', 'ZH_hans', 'en', ['en'], 'zh-CN'],
  ['then the saved choice', null, 'en', ['zh-CN'], 'en'],
  ['an unknown language asked is passed over', 'fr', 'en', ['zh-CN'], 'en'],
  ['then the browser', null, null, ['en-GB', 'zh'], 'en'],
  ['the first of the browser that we speak', null, null, ['fr-FR', 'zh-TW'], 'zh-CN'],
  ['Chinese if nothing fits', null, null, ['fr'], 'zh-CN'],
  ['Chinese if nothing is said', null, 'garbage', [], 'zh-CN'],
] as const)('%s', (_rule, asked, saved, preferred, language) => {
  expect(chooseLanguage(asked, saved, preferred)).toBe(language);
});
