import { describe, expect, it } from 'vitest';
import { exponentOf } from './currency';
import { formatMoney } from './format-money';

describe('an amount is shown exactly', () => {
  it.each([
    [12800, 'CNY', '¥128.00'],
    [0, 'CNY', '¥0.00'],
    [1, 'CNY', '¥0.01'],
    [10, 'CNY', '¥0.10'],
    [100, 'CNY', '¥1.00'],
    [99999, 'CNY', '¥999.99'],
    [100000, 'CNY', '¥1,000.00'],
    [123456789, 'CNY', '¥1,234,567.89'],
    [Number.MAX_SAFE_INTEGER, 'CNY', '¥90,071,992,547,409.91'],
    [29, 'USD', 'US$0.29'],
    [115, 'EUR', '€1.15'],
    [500, 'JPY', 'JP¥500'],
    [1234567, 'KRW', '₩1,234,567'],
    [0, 'JPY', 'JP¥0'],
    [1234, 'KWD', 'KWD 1.234'],
    [5, 'BHD', 'BHD 0.005'],
    [150, 'CHF', 'CHF 1.50'],
    [-3000, 'CNY', '−¥30.00'],
  ])('%i %s is %s', (minor, currency, text) => {
    expect(formatMoney(minor, currency).text).toBe(text);
  });

  it('does not guess the point of a currency it does not know', () => {
    expect(formatMoney(12800, 'QQQ').text).toBe('QQQ 12,800 (minor)');
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1])('refuses %s', (minor) => {
    expect(() => formatMoney(minor, 'CNY')).toThrow(RangeError);
  });
});

describe('the digits of the minor unit', () => {
  it.each([
    ['CNY', 2], ['USD', 2], ['EUR', 2], ['HKD', 2], ['JPY', 0], ['KRW', 0], ['VND', 0], ['KWD', 3], ['TND', 3], ['QQQ', null],
  ])('%s has %s', (currency, exponent) => {
    expect(exponentOf(currency)).toBe(exponent);
  });
});
