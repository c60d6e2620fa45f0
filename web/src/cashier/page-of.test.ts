import { describe, expect, it } from 'vitest';
import { type Known, pageOf, type Start } from './page-of';
import type { Attempt, AttemptState, PaymentView } from './payment-view';
import { sampleAttempt, sampleView } from './sample-view';

const kNone: Start = { status: 'none' };
const kQrUnderWay: Start = { status: 'under-way', method: 'alipay', scene: 'qr' };
const kWapUnderWay: Start = { status: 'under-way', method: 'alipay', scene: 'wap' };
const kRefused: Start = { status: 'refused', why: 'busy' };
const kWithoutCode: Partial<Attempt> = { qr_code: null, qr_svg: null };
const kRedirect: Partial<Attempt> = { ...kWithoutCode, scene: 'wap', redirect_url: 'https://wallet.example/' };

function known(view: Partial<PaymentView> | null, rest: Partial<Known> = {}): Known {
  return { view: view === null ? null : sampleView(view), failure: null, timeIsUp: false, start: kNone, ...rest };
}

function trying(attempt: Partial<Attempt>, rest: Partial<Known> = {}): Known {
  return known({ attempt: sampleAttempt(attempt) }, rest);
}

describe('from what is known follows the page', () => {
  it.each<[string, Known, string]>([
    ['nothing yet', known(null), 'loading'],
    ['no answer', known(null, { failure: 'unreachable' }), 'unreachable'],
    ['an answer nobody can read', known(null, { failure: 'unreadable' }), 'unreachable'],
    ['no such token', known(null, { failure: 'not-found' }), 'not-found'],
    ['the line breaks while a view is there', known({}, { failure: 'unreachable' }), 'choose'],
    ['paid', known({ state: 'paid' }), 'paid'],
    ['paid, although the time is up', known({ state: 'paid' }, { timeIsUp: true }), 'paid'],
    ['paid, while a start is under way', known({ state: 'paid' }, { start: kQrUnderWay }), 'paid'],
    ['expired', known({ state: 'closed', close_reason: 'expired' }), 'expired'],
    ['closed by the merchant', known({ state: 'closed', close_reason: 'merchant' }), 'closed'],
    ['closed, no reason given', known({ state: 'closed', close_reason: null }), 'closed'],
    ['the barcode failed', known({ state: 'closed', close_reason: 'barcode_failed' }), 'barcode-failed'],
    ['closing', known({ state: 'closing' }), 'closing'],
    ['closing, with a code that could still be scanned', known({ state: 'closing', attempt: sampleAttempt() }), 'closing'],
    ['the time is up, not closed yet', trying({}, { timeIsUp: true }), 'time-up'],
    ['no attempt', known({}), 'choose'],
    ['no attempt and no method', known({ methods: [] }), 'no-method'],
    ['a method without a scene', known({ methods: [{ method: 'alipay', scenes: [] }] }), 'no-method'],
    ['a code to scan', trying({}), 'scan'],
    ['a code to scan, methods gone meanwhile', known({ methods: [], attempt: sampleAttempt() }), 'scan'],
    ['sent to the wallet', trying(kRedirect), 'away'],
    ['pending with nothing to pay with', trying(kWithoutCode), 'confirming'],
    ['created', trying({ ...kWithoutCode, state: 'created' }), 'confirming'],
    ['unknown', trying({ state: 'unknown' }), 'confirming'],
    ['unknown, and a start was refused', trying({ state: 'unknown' }, { start: kRefused }), 'confirming'],
    ['the attempt succeeded, the payment follows', trying({ state: 'succeeded' }), 'confirming'],
    ['failed', trying({ state: 'failed' }), 'failed'],
    ['the channel closed it', trying({ state: 'closed' }), 'failed'],
    ['failed and no method is left', known({ methods: [], attempt: sampleAttempt({ state: 'failed' }) }), 'no-method'],
    ['asking for a code', known({}, { start: kQrUnderWay }), 'preparing'],
    ['asking for a code, the attempt is created', trying({ ...kWithoutCode, state: 'created' }, { start: kQrUnderWay }), 'preparing'],
    ['asking for a code, it came by the stream', trying({}, { start: kQrUnderWay }), 'scan'],
    ['asking for the code of another method', trying({ method: 'wechatpay' }, { start: kQrUnderWay }), 'preparing'],
    ['going to the wallet', trying({}, { start: kWapUnderWay }), 'preparing'],
    ['going to the wallet again after failure', trying({ ...kRedirect, state: 'failed' }, { start: kWapUnderWay }), 'preparing'],
    ['the start was refused', known({}, { start: kRefused }), 'choose'],
    ['the start of another was refused', trying({}, { start: kRefused }), 'choose'],
  ])('%s', (_case, input, page) => {
    expect(pageOf(input).name).toBe(page);
  });
});

describe('every attempt state of an open payment has a page', () => {
  it.each<[AttemptState, string]>([
    ['created', 'confirming'], ['pending', 'scan'], ['unknown', 'confirming'], ['succeeded', 'confirming'], ['failed', 'failed'],
    ['closed', 'failed'],
  ])('%s: %s', (state, page) => {
    expect(pageOf(trying({ state })).name).toBe(page);
  });
});
