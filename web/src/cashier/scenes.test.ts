import { describe, expect, it } from 'vitest';
import type { Scene } from './payment-view';
import { sampleAttempt } from './sample-view';
import { type Layout, payerCannotHavePaid, sandboxWallet, scenesFor } from './scenes';

describe('the ways to pay on this device', () => {
  it.each<[Layout, Scene[], Scene[]]>([
    ['pc', ['qr', 'page', 'wap'], ['qr', 'page']],
    ['pc', ['page', 'wap'], ['page']],
    ['pc', ['wap', 'qr'], ['qr', 'wap']],
    ['phone', ['qr', 'page', 'wap'], ['wap', 'qr']],
    ['phone', ['qr', 'page'], ['page', 'qr']],
    ['phone', ['qr'], ['qr']],
    ['pc', [], []],
  ])('%s with %j: %j', (layout, scenes, ways) => {
    expect(scenesFor(layout, { method: 'alipay', scenes })).toEqual(ways);
  });

  it('none for a method that is not offered', () => {
    expect(scenesFor('pc', undefined)).toEqual([]);
  });
});

describe('a second attempt beside an open one is harmless only if the payer had nothing to pay with', () => {
  it.each([
    [{ qr_code: null, qr_svg: null }, true],
    [{}, false],
    [{ qr_svg: null }, false],
    [{ qr_code: null, qr_svg: null, redirect_url: 'https://x.example/' }, false],
  ])('%j: %s', (changes, harmless) => {
    expect(payerCannotHavePaid(sampleAttempt(changes))).toBe(harmless);
  });
});

it.each([
  ['http://127.0.0.1:9100/alipay/qr/1', true], ['http://localhost/x', true], ['https://qr.alipay.com/bax', false],
  ['https://127.0.0.1.evil.example/', false], ['javascript:1', false], ['weixin://x', false], [null, false],
])('the code %s leads to the sandbox: %s', (code, sandbox) => {
  expect(sandboxWallet(code)).toBe(sandbox ? code : null);
});
