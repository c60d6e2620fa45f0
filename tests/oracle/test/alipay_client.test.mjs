/** The official alipay-sdk, as it is, against the sandbox: it believes it talks to the provider. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { AlipaySdk } from 'alipay-sdk';
import { eventually, freshNo, group, listen, needs, newAlipayApp, sandboxControl, sandboxUrl } from '../environment.mjs';

/** The provider takes letters, digits and underscores. */
const tradeNo = () => freshNo('ALI').replaceAll('-', '_');

group('alipay-sdk as a client of the sandbox', needs('FEIQIAN_SANDBOX_URL', 'FEIQIAN_SANDBOX_DATA'), () => {
  let app;
  let alipay;
  let notifications;

  before(async () => {
    app = newAlipayApp();
    alipay = new AlipaySdk({ ...app, gateway: `${sandboxUrl()}/alipay/gateway.do`, signType: 'RSA2' });
    notifications = await listen(() => ({ body: 'success' }));
  });
  after(() => notifications?.stop());

  const exec = (method, bizContent, more = {}) => alipay.exec(method, { bizContent, ...more }, { validateSign: true });
  const ok = (result) => {
    assert.equal(result.code, '10000', JSON.stringify(result));
    return result;
  };
  const failed = (result, subCode) => {
    assert.equal(result.code, '40004', JSON.stringify(result));
    assert.equal(result.subCode, subCode);
    return result;
  };
  const query = (outTradeNo) => exec('alipay.trade.query', { out_trade_no: outTradeNo });

  async function barcodeTrade(total = '88.88', subject = '大红袍 "一" 罐 & 100%+') {
    const outTradeNo = tradeNo();
    const { auth_code: authCode } = await sandboxControl('POST', '/auth-codes', { payer: 'rich' });
    const paid = await exec('alipay.trade.pay', { out_trade_no: outTradeNo, scene: 'bar_code', auth_code: authCode, subject, total_amount: total });
    return { outTradeNo, paid };
  }

  test('precreate, paid by the payer, query', async () => {
    const outTradeNo = tradeNo();
    const made = ok(await exec('alipay.trade.precreate', { out_trade_no: outTradeNo, subject: '龙井茶', total_amount: '128.00' }));
    assert.equal(made.outTradeNo, outTradeNo);
    assert.match(made.qrCode, /^https?:\/\//);
    const scanned = await fetch(made.qrCode);
    assert.equal(scanned.status, 200);
    await sandboxControl('POST', `/trades/${outTradeNo}/pay`, {});
    const found = ok(await query(outTradeNo));
    assert.equal(found.tradeStatus, 'TRADE_SUCCESS');
    assert.equal(found.totalAmount, '128.00');
  });

  test('a notification: checkNotifySignV2 accepts it, and no changed one', async () => {
    const outTradeNo = tradeNo();
    const subject = '茶 & 茶具 100% "好" +1=';
    ok(await exec('alipay.trade.precreate', { out_trade_no: outTradeNo, subject, total_amount: '0.01' }, { notify_url: `${notifications.url}/notify` }));
    await sandboxControl('POST', `/trades/${outTradeNo}/pay`, {});
    const received = await eventually('the notification', () => notifications.received.find((one) => String(one.body).includes(outTradeNo)));
    assert.match(received.headers['content-type'], /^application\/x-www-form-urlencoded/);
    const fields = Object.fromEntries(new URLSearchParams(received.body.toString('utf8')));
    assert.equal(fields.trade_status, 'TRADE_SUCCESS');
    assert.equal(fields.out_trade_no, outTradeNo);
    assert.equal(fields.total_amount, '0.01');
    assert.equal(fields.subject, subject);
    assert.ok(Object.values(fields).every((value) => value !== ''), 'no empty values');
    assert.ok(alipay.checkNotifySignV2(fields));
    assert.ok(!alipay.checkNotifySignV2({ ...fields, total_amount: '0.02' }));
    assert.ok(!alipay.checkNotifySignV2({ ...fields, sign: `A${fields.sign.slice(1)}` }));
  });

  test('pay by barcode', async () => {
    const { outTradeNo, paid } = await barcodeTrade();
    ok(paid);
    assert.equal(paid.outTradeNo, outTradeNo);
    assert.match(paid.tradeNo, /^\d{16,64}$/);
    assert.equal(paid.totalAmount, '88.88');
    assert.equal(ok(await query(outTradeNo)).tradeNo, paid.tradeNo);
  });

  test('pay by barcode: a wrong code, the same order with another amount', async () => {
    const wrong = await exec('alipay.trade.pay', { out_trade_no: tradeNo(), scene: 'bar_code', auth_code: '280000000000000001', subject: 'x', total_amount: '1.00' });
    failed(wrong, 'ACQ.PAYMENT_AUTH_CODE_INVALID');
    const { outTradeNo } = await barcodeTrade('5.00');
    const { auth_code: authCode } = await sandboxControl('POST', '/auth-codes', { payer: 'rich' });
    const again = await exec('alipay.trade.pay', { out_trade_no: outTradeNo, scene: 'bar_code', auth_code: authCode, subject: '大红袍 "一" 罐 & 100%+', total_amount: '6.00' });
    assert.equal(again.code, '40004');
    assert.match(again.subCode, /^ACQ\.(TRADE_HAS_SUCCESS|CONTEXT_INCONSISTENT)$/);
  });

  test('pay by barcode: the payer must confirm, the payer has no money', async () => {
    const slow = tradeNo();
    const { auth_code: slowCode } = await sandboxControl('POST', '/auth-codes', { payer: 'slow' });
    const waiting = await exec('alipay.trade.pay', { out_trade_no: slow, scene: 'bar_code', auth_code: slowCode, subject: 'x', total_amount: '1.00' });
    assert.equal(waiting.code, '10003');
    assert.equal((await query(slow)).tradeStatus, 'WAIT_BUYER_PAY');
    await sandboxControl('POST', `/trades/${slow}/pay`, {});
    assert.equal((await query(slow)).tradeStatus, 'TRADE_SUCCESS');
    const { auth_code: poorCode } = await sandboxControl('POST', '/auth-codes', { payer: 'poor' });
    const poor = await exec('alipay.trade.pay', { out_trade_no: tradeNo(), scene: 'bar_code', auth_code: poorCode, subject: 'x', total_amount: '1.00' });
    assert.equal(poor.code, '40004', JSON.stringify(poor));
  });

  test('query of what never was', async () => {
    failed(await query(tradeNo()), 'ACQ.TRADE_NOT_EXIST');
  });

  test('close an unpaid trade; a paid one is not closed', async () => {
    const outTradeNo = tradeNo();
    ok(await exec('alipay.trade.precreate', { out_trade_no: outTradeNo, subject: 'x', total_amount: '1.00' }));
    const beforeScan = await exec('alipay.trade.close', { out_trade_no: outTradeNo });
    assert.ok(beforeScan.code === '10000' || beforeScan.subCode === 'ACQ.TRADE_NOT_EXIST', JSON.stringify(beforeScan));
    const { outTradeNo: paidNo } = await barcodeTrade();
    const refused = await exec('alipay.trade.close', { out_trade_no: paidNo });
    assert.equal(refused.code, '40004');
    assert.equal((await query(paidNo)).tradeStatus, 'TRADE_SUCCESS');
  });

  test('cancel gives the money back', async () => {
    const { outTradeNo } = await barcodeTrade('3.00');
    const cancelled = ok(await exec('alipay.trade.cancel', { out_trade_no: outTradeNo }));
    assert.equal(cancelled.action, 'refund');
    assert.equal((await query(outTradeNo)).tradeStatus, 'TRADE_CLOSED');
  });

  test('refund in parts, the same one again, too much, and asking for it', async () => {
    const { outTradeNo } = await barcodeTrade('10.00');
    const refund = (no, amount) => exec('alipay.trade.refund', { out_trade_no: outTradeNo, refund_amount: amount, out_request_no: no, refund_reason: '退货' });
    const first = ok(await refund('R1', '3.00'));
    assert.equal(first.fundChange, 'Y');
    assert.equal(first.refundFee, '3.00');
    const again = ok(await refund('R1', '3.00'));
    assert.equal(again.fundChange, 'N', 'the same request number moves no money');
    assert.equal(ok(await refund('R2', '4.00')).refundFee, '7.00', 'refund_fee is the sum so far');
    assert.equal((await refund('R3', '3.01')).code, '40004');
    const asked = ok(await exec('alipay.trade.fastpay.refund.query', { out_trade_no: outTradeNo, out_request_no: 'R2' }));
    assert.equal(asked.refundStatus, 'REFUND_SUCCESS');
    assert.equal(asked.refundAmount, '4.00');
    const unknown = await exec('alipay.trade.fastpay.refund.query', { out_trade_no: outTradeNo, out_request_no: 'R9' });
    assert.notEqual(unknown.refundStatus, 'REFUND_SUCCESS', JSON.stringify(unknown));
    ok(await refund('R4', '3.00'));
    assert.equal((await query(outTradeNo)).tradeStatus, 'TRADE_CLOSED', 'refunded in full');
  });

  test('page.pay and wap.pay lead the payer to a page', async () => {
    for (const [method, product] of [['alipay.trade.page.pay', 'FAST_INSTANT_TRADE_PAY'], ['alipay.trade.wap.pay', 'QUICK_WAP_WAY']]) {
      const outTradeNo = tradeNo();
      const url = alipay.pageExecute(method, 'GET', {
        bizContent: { out_trade_no: outTradeNo, product_code: product, subject: '龙井茶', total_amount: '1.00' },
        returnUrl: 'http://127.0.0.1:9/back',
      });
      const page = await fetch(url);
      assert.equal(page.status, 200);
      assert.match(new URL(page.url).pathname, /^\/alipay\/cashier\//);
      assert.equal((await query(outTradeNo)).tradeStatus, 'WAIT_BUYER_PAY');
    }
  });

  test('a request signed with another key is refused, and the refusal is signed', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const stranger = new AlipaySdk({ ...app, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }), gateway: `${sandboxUrl()}/alipay/gateway.do` });
    const refused = await stranger.exec('alipay.trade.query', { bizContent: { out_trade_no: 'x' } }, { validateSign: true });
    assert.equal(refused.code, '40002');
    assert.equal(refused.subCode, 'isv.invalid-signature');
  });

  test('missing and invalid arguments', async () => {
    const missing = await exec('alipay.trade.precreate', { subject: 'x', total_amount: '1.00' });
    assert.ok(['40001', '40002', '40004'].includes(missing.code), JSON.stringify(missing));
    for (const total of ['0', '-1.00', '1.001', 'x', '']) {
      const refused = await exec('alipay.trade.precreate', { out_trade_no: tradeNo(), subject: 'x', total_amount: total });
      assert.notEqual(refused.code, '10000', total);
    }
  });
});
