import { describe, expect, it } from 'vitest';
import { decodeView, UnreadableView, webAddress } from './payment-view';
import { sampleAttempt, sampleView } from './sample-view';

describe('the view is decoded', () => {
  it('as it was sent', () => {
    const view = sampleView({ attempt: sampleAttempt() });
    expect(decodeView(JSON.parse(JSON.stringify(view)))).toEqual(view);
  });

  it('and a field that came later does not disturb', () => {
    expect(decodeView({ ...sampleView(), new_field: 1 })).toEqual(sampleView());
  });

  it.each([
    ['payment_id', 7], ['amount_minor', '12800'], ['amount_minor', 1.5], ['amount_minor', 2 ** 60], ['state', 'sold'],
    ['expires_at', 'soon'], ['goods', null], ['methods', {}], ['attempt', 'none'],
  ])('%s = %j is refused', (name, value) => {
    expect(() => decodeView({ ...sampleView(), [name]: value })).toThrow(UnreadableView);
  });

  it('an attempt state of the future is taken as unknown', () => {
    const attempt = { ...sampleAttempt(), state: 'levitating' };
    expect(decodeView({ ...sampleView(), attempt }).attempt?.state).toBe('unknown');
  });

  it('a scene of the future is not offered', () => {
    const methods = [{ method: 'alipay', scenes: ['qr', 'telepathy'] }];
    expect(decodeView({ ...sampleView(), methods }).methods[0]?.scenes).toEqual(['qr']);
  });
});

describe('only a web address may be followed', () => {
  it.each([
    ['https://shop.example/r?a=b', 'https://shop.example/r?a=b'],
    ['http://127.0.0.1:9000/', 'http://127.0.0.1:9000/'],
    ['javascript:alert(1)', null], ['data:text/html,x', null], ['/relative', null], ['', null], [null, null],
  ])('%s → %s', (address, followed) => {
    expect(webAddress(address)).toBe(followed);
  });
});
