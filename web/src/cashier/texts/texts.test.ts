import { describe, expect, it } from 'vitest';
import { kLanguages } from '../../shared/language/language';
import { kTexts, sayIn, textKey } from './texts';

const chinese = kTexts['zh-CN'];

describe.each(kLanguages)('the texts in %s', (language) => {
  const texts = kTexts[language];

  it('have the keys of the others, in the same order', () => {
    expect(Object.keys(texts)).toEqual(Object.keys(chinese));
  });

  it.each(Object.entries(texts))('%s is said, with the same placeholders', (key, text) => {
    expect(text.trim()).not.toBe('');
    expect(placeholders(text)).toEqual(placeholders(chinese[key as keyof typeof chinese]));
  });
});

it('no English text holds Chinese but the name of the other language', () => {
  const chineseInEnglish = Object.entries(kTexts.en).filter(([, text]) => /[\u4e00-\u9fff]/.test(text));
  expect(chineseInEnglish.map(([key]) => key)).toEqual(['language.other', 'language.switch']);
});

it('placeholders are filled, unknown ones stay visible', () => {
  expect(sayIn('en')('paid.back_in', { seconds: 5 })).toBe('Returning to the merchant in 5 s');
  expect(sayIn('en')('paid.back_in')).toContain('{seconds}');
});

it('a text is looked up by its name only', () => {
  expect(textKey('method.alipay')).toBe('method.alipay');
  expect(textKey('method.toString')).toBeUndefined();
  expect(textKey('toString')).toBeUndefined();
});

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort();
}
