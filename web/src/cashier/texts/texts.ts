import type { Language } from '../../shared/language/language';
import { en } from './en';
import { zh } from './zh';

export type TextKey = keyof typeof zh;
export type Values = Readonly<Record<string, string | number>>;
/** Says a text in the reader's language, its {placeholders} filled. */
export type Say = (key: TextKey, values?: Values) => string;

export const kTexts: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { 'zh-CN': zh, en };

export function sayIn(language: Language): Say {
  return (key, values = {}) => fill(kTexts[language][key], values);
}

/** A key put together at run time (method.…, failed.…): undefined if there is no such text. */
export function textKey(candidate: string): TextKey | undefined {
  return Object.prototype.hasOwnProperty.call(zh, candidate) ? (candidate as TextKey) : undefined;
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder));
}
