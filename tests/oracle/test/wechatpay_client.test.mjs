/** `wechatpay-axios-plugin`, as it is, against the sandbox: it believes it talks to the provider. It verifies every answer. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import plugin from 'wechatpay-axios-plugin';
import { eventually, freshNo, group, listen, needs, newWechatMerchant, sandboxControl, sandboxUrl } from '../environment.mjs';

const { Wechatpay, Formatter, Rsa, Aes: { AesGcm } } = plugin;
/** The provider takes at most 32 letters, digits, `_`, `-`, `|`, `*`, `@`. */
const tradeNo = () => freshNo('W').slice(0, 32);

/** The certificates by the plugin itself: each is opened with the APIv3 key before the answer that brings it is verified. */
async function clientOf(merchant) {
  const base = { baseURL: `${sandboxUrl()}/`, mchid: merchant.mchid, serial: merchant.serial, privateKey: merchant.privateKey };
  const config = { ...base, certs: { any: undefined } };
  const downloader = new Wechatpay(config);
  const certs = {};
  const take = (response) => {
    for (const { serial_no: serial, encrypt_certificate: sealed } of JSON.parse(response).data ?? []) {
      certs[serial] = AesGcm.decrypt(sealed.ciphertext, merchant.apiV3Key, sealed.nonce, sealed.associated_data);
    }
    // The plugin put an object of its own in the configuration; its verifier looks there.
    Object.assign(config.certs, certs);
    return response;
  };
  await downloader.v3.certificates.get({ transformResponse: [take, ...downloader.client.v3.defaults.transformResponse] });
  assert.ok(Object.keys(certs).length > 0);
  return { wxpay: new Wechatpay({ ...base, certs: { ...certs } }), certs };
}

/** The answer of a call that is refused: [status, code]. */
async function refusal(promise) {
  try {
    const { status, data } = await promise;
    return [status, data.code];
  } catch (error) {
    assert.ok(error.response, error);
    return [error.response.status, error.response.data.code];
  }
}

group('wechatpay-axios-plugin as a client of the sandbox', needs('FEIQIAN_SANDBOX_URL', 'FEIQIAN_SANDBOX_DATA'), () => {
  let merchant;
  let wxpay;
  let certs;
  let notifications;

  before(async () => {
    merchant = newWechatMerchant();
    ({ wxpay, certs } = await clientOf(merchant));
    notifications = await listen(() => ({ status: 204 }));
  });
  after(() => notifications?.stop());

  const order = (number, total = 12800, more = {}) => ({
    appid: merchant.appid,
    mchid: merchant.mchid,
    description: '龙井茶 "一" 罐 & 100%',
    out_trade_no: number,
    notify_url: `${notifications.url}/notify`,
    amount: { total, currency: 'CNY' },
    ...more,
  });
  const query = async (number) =>
    (await wxpay.v3.pay.transactions.outTradeNo._out_trade_no_.get({ params: { mchid: merchant.mchid }, out_trade_no: number })).data;
  const close = (number) => wxpay.v3.pay.transactions.outTradeNo._out_trade_no_.close.post({ mchid: merchant.mchid }, { out_trade_no: number });
  const reverse = (number) =>
    wxpay.v3.pay.transactions.outTradeNo._out_trade_no_.reverse.post({ mchid: merchant.mchid, appid: merchant.appid }, { out_trade_no: number });
  const refund = (number, refundNumber, amount, total = 12800) =>
    wxpay.v3.refund.domestic.refunds.post({
      out_trade_no: number,
      out_refund_no: refundNumber,
      reason: '退货',
      notify_url: `${notifications.url}/notify`,
      amount: { refund: amount, total, currency: 'CNY' },
    });
  const authCode = async (payer) => (await sandboxControl('POST', '/auth-codes', { channel: 'wechatpay', payer })).auth_code;
  const codepay = (number, code, total = 8888) =>
    wxpay.v3.pay.transactions.codepay.post({
      ...order(number, total),
      notify_url: undefined,
      payer: { auth_code: code },
      scene_info: { store_info: { out_id: '0001' } },
    });
  const paid = async () => {
    const number = tradeNo();
    await wxpay.v3.pay.transactions.native.post(order(number));
    await sandboxControl('POST', `/trades/${number}/pay`, {});
    return number;
  };

  test('native: a code, the payer pays, query', async () => {
    const number = tradeNo();
    const { data } = await wxpay.v3.pay.transactions.native.post(order(number));
    assert.equal((await fetch(data.code_url)).status, 200);
    assert.equal((await query(number)).trade_state, 'NOTPAY');
    await sandboxControl('POST', `/trades/${number}/pay`, {});
    const found = await query(number);
    assert.equal(found.trade_state, 'SUCCESS');
    assert.equal(found.amount.total, 12800);
    const byId = await wxpay.v3.pay.transactions.id._transaction_id_.get({ params: { mchid: merchant.mchid }, transaction_id: found.transaction_id });
    assert.deepEqual(byId.data, found);
  });

  test('JSAPI, app and H5', async () => {
    const jsapi = await wxpay.v3.pay.transactions.jsapi.post(order(tradeNo(), 1, { payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' } }));
    assert.match(jsapi.data.prepay_id, /^wx/);
    assert.match((await wxpay.v3.pay.transactions.app.post(order(tradeNo(), 1))).data.prepay_id, /^wx/);
    const h5 = await wxpay.v3.pay.transactions.h5.post(order(tradeNo(), 1, { scene_info: { payer_client_ip: '203.0.113.7', h5_info: { type: 'Wap' } } }));
    assert.equal((await fetch(h5.data.h5_url)).status, 200);
    assert.deepEqual(await refusal(wxpay.v3.pay.transactions.jsapi.post(order(tradeNo(), 1))), [400, 'PARAM_ERROR']);
  });

  test('a notification: its signature and its resource, and no changed one', async () => {
    const number = await paid();
    const received = await eventually('the notification', () =>
      notifications.received.find((one) => {
        const { resource } = JSON.parse(one.body);
        return AesGcm.decrypt(resource.ciphertext, merchant.apiV3Key, resource.nonce, resource.associated_data).includes(number);
      }));
    const { 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': nonce, 'wechatpay-serial': serial, 'wechatpay-signature': signature } = received.headers;
    const body = received.body.toString('utf8');
    assert.ok(Math.abs(Formatter.timestamp() - Number(timestamp)) <= 300);
    assert.ok(Rsa.verify(Formatter.response(timestamp, nonce, body), signature, certs[serial]));
    assert.ok(!Rsa.verify(Formatter.response(timestamp, nonce, `${body} `), signature, certs[serial]));
    const envelope = JSON.parse(body);
    assert.equal(envelope.event_type, 'TRANSACTION.SUCCESS');
    assert.equal(envelope.resource_type, 'encrypt-resource');
    const { ciphertext, nonce: iv, associated_data: aad, algorithm } = envelope.resource;
    assert.equal(algorithm, 'AEAD_AES_256_GCM');
    const content = JSON.parse(AesGcm.decrypt(ciphertext, merchant.apiV3Key, iv, aad));
    assert.equal(content.out_trade_no, number);
    assert.equal(content.amount.total, 12800);
    assert.throws(() => AesGcm.decrypt(ciphertext, merchant.apiV3Key, iv, 'other'));
  });

  test('the payer’s code: paid, to be confirmed, no money, wrong, used', async () => {
    const number = tradeNo();
    const code = await authCode('rich');
    const { data } = await codepay(number, code);
    assert.equal(data.trade_state, 'SUCCESS');
    assert.equal(data.trade_type, 'MICROPAY');
    assert.deepEqual(await refusal(codepay(tradeNo(), code)), [400, 'AUTHCODEEXPIRE']);
    assert.deepEqual(await refusal(codepay(tradeNo(), '130000000000000001')), [400, 'AUTH_CODE_INVALID']);
    assert.deepEqual(await refusal(codepay(tradeNo(), await authCode('poor'))), [403, 'NOTENOUGH']);
    const slow = tradeNo();
    assert.deepEqual(await refusal(codepay(slow, await authCode('slow'))), [202, 'USERPAYING']);
    assert.equal((await query(slow)).trade_state, 'USERPAYING');
    await sandboxControl('POST', `/trades/${slow}/pay`, {});
    assert.equal((await query(slow)).trade_state, 'SUCCESS');
  });

  test('reverse gives the money of a barcode back; a code is closed instead', async () => {
    const number = tradeNo();
    await codepay(number, await authCode('rich'));
    assert.equal((await reverse(number)).status, 200);
    assert.equal((await query(number)).trade_state, 'REVOKED');
    const native = tradeNo();
    await wxpay.v3.pay.transactions.native.post(order(native));
    assert.deepEqual(await refusal(reverse(native)), [400, 'INVALID_REQUEST']);
    assert.equal((await close(native)).status, 204);
    assert.equal((await query(native)).trade_state, 'CLOSED');
    assert.deepEqual(await refusal(close(native)), [400, 'ORDER_CLOSED']);
    assert.deepEqual(await refusal(close(await paid())), [400, 'ORDERPAID']);
    assert.deepEqual(await refusal(close(tradeNo())), [404, 'ORDER_NOT_EXIST']);
  });

  test('refunds: in parts, the same one again, too much, and asking for it', async () => {
    const number = await paid();
    const numbers = [1, 2, 3].map(() => tradeNo());
    assert.equal((await refund(number, numbers[0], 8000)).data.status, 'SUCCESS');
    assert.equal((await refund(number, numbers[0], 8000)).data.status, 'SUCCESS');
    assert.deepEqual(await refusal(refund(number, numbers[1], 4801)), [400, 'INVALID_REQUEST']);
    assert.equal((await refund(number, numbers[1], 4800)).data.amount.refund, 4800);
    assert.deepEqual(await refusal(refund(number, numbers[2], 1)), [400, 'INVALID_REQUEST']);
    const ask = (refundNumber) => wxpay.v3.refund.domestic.refunds._out_refund_no_.get({ out_refund_no: refundNumber });
    assert.equal((await ask(numbers[1])).data.status, 'SUCCESS');
    assert.deepEqual(await refusal(ask(numbers[2])), [404, 'RESOURCE_NOT_EXISTS']);
    assert.equal((await query(number)).trade_state, 'REFUND');
  });

  test('bills: address and hash, then the file, read by the plugin', async () => {
    const number = await paid();
    const day = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
    const { data } = await wxpay.v3.bill.tradebill.get({ params: { bill_date: day, bill_type: 'ALL' } });
    assert.equal(data.hash_type, 'SHA1');
    const url = new URL(data.download_url);
    const file = await wxpay.v3.billdownload.file.get({ params: Object.fromEntries(url.searchParams), responseType: 'arraybuffer', transformResponse: [(bytes) => bytes] });
    const bytes = Buffer.from(file.data);
    assert.equal(createHash('sha1').update(bytes).digest('hex'), data.hash_value);
    const { rows, summary } = Formatter.castCsvBill(bytes);
    const row = rows.find((one) => Object.values(one).includes(number));
    assert.ok(row, bytes.toString('utf8'));
    assert.ok(Object.values(row).includes('128.00'));
    assert.ok(Object.keys(summary).length > 0);
    const funds = await wxpay.v3.bill.fundflowbill.get({ params: { bill_date: day } });
    assert.match(funds.data.hash_value, /^[0-9a-f]{40}$/);
    assert.deepEqual(await refusal(wxpay.v3.bill.tradebill.get({ params: { bill_date: '2020-01-01' } })), [400, 'PARAM_ERROR']);
  });

  test('a certificate that comes later: unknown at first, then fetched', async () => {
    await sandboxControl('POST', '/wechatpay/certificates', { signs: true });
    await assert.rejects(wxpay.v3.pay.transactions.native.post(order(tradeNo())), /Cannot found the serial/);
    const renewed = await clientOf(merchant);
    assert.ok(Object.keys(renewed.certs).length > Object.keys(certs).length);
    ({ wxpay, certs } = renewed);
    assert.equal((await wxpay.v3.pay.transactions.native.post(order(tradeNo()))).status, 200);
  });

  test('a request signed with another key is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const stranger = new Wechatpay({
      baseURL: `${sandboxUrl()}/`, mchid: merchant.mchid, serial: merchant.serial, certs,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    });
    assert.deepEqual(await refusal(stranger.v3.pay.transactions.native.post(order(tradeNo()))), [401, 'SIGN_ERROR']);
  });
});
