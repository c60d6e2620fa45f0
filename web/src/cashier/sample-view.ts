import type { Attempt, PaymentView } from './payment-view';

/** A plain open payment and a plain attempt: what the tests change one field of. */
export function sampleView(changes: Partial<PaymentView> = {}): PaymentView {
  return {
    payment_id: 'pay_01JD0ABCDEFGH',
    merchant_name: '云雾茶铺',
    store_name: null,
    merchant_order_no: 'S-1001',
    subject: '龙井茶',
    goods: [{ name: '龙井茶', quantity: 1, price_minor: 12800 }],
    amount_minor: 12800,
    currency: 'CNY',
    state: 'open',
    close_reason: null,
    created_at: '2026-11-22T06:30:00.000Z',
    expires_at: '2026-11-22T06:45:00.000Z',
    paid_at: null,
    server_time: '2026-11-22T06:30:01.000Z',
    return_url: 'https://shop.example/return?payment_id=pay_01JD0ABCDEFGH',
    refunded_minor: 0,
    methods: [{ method: 'alipay', scenes: ['qr', 'page', 'wap'] }],
    attempt: null,
    ...changes,
  };
}

export function sampleAttempt(changes: Partial<Attempt> = {}): Attempt {
  return {
    id: 'att_01JD0ABCDEFGH',
    method: 'alipay',
    scene: 'qr',
    state: 'pending',
    qr_code: 'https://qr.alipay.com/bax00001',
    qr_svg: '<svg xmlns="http://www.w3.org/2000/svg"/>',
    redirect_url: null,
    error: null,
    ...changes,
  };
}
