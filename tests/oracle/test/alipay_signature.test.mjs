/**
 * Our adapter signs byte for byte what the official SDK signs. The SDK sends a real request to a loopback listener; the
 * parameters as they arrived, without `sign`, are signed again by `feiqian channel alipay-sign`, and must give the same.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { AlipaySdk } from 'alipay-sdk';
import { group, listen, needs } from '../environment.mjs';

const run = promisify(execFile);

const kRequests = [
  ['alipay.trade.precreate', { bizContent: { out_trade_no: 'A1', subject: '龙井茶', total_amount: '128.00' }, notify_url: 'https://pay.example.com/notify?a=1&b=2' }],
  ['alipay.trade.pay', { bizContent: { out_trade_no: 'A2', scene: 'bar_code', auth_code: '280000000000000000', subject: '空 格 & = + % / \\ "引号" \' 😀', total_amount: '0.01' } }],
  ['alipay.trade.query', { bizContent: { out_trade_no: 'A3' } }],
  ['alipay.trade.close', { bizContent: { out_trade_no: 'A4' } }],
  ['alipay.trade.cancel', { bizContent: { out_trade_no: 'A5' } }],
  ['alipay.trade.refund', { bizContent: { out_trade_no: 'A6', refund_amount: '3.00', out_request_no: 'R-1', refund_reason: '不喜欢 <b>&amp;</b>\n第二行' } }],
  ['alipay.trade.fastpay.refund.query', { bizContent: { out_trade_no: 'A7', out_request_no: 'R-1', query_options: ['refund_detail_item_list'] } }],
  ['alipay.trade.query', { bizContent: { out_trade_no: 'A8' }, app_auth_token: 'token=with+odd%20signs' }],
  ['alipay.trade.precreate', { bizContent: { out_trade_no: 'A9', subject: 'x', total_amount: '1.00', goods_detail: [{ goods_id: 'g', goods_name: '茶', quantity: 2, price: '0.50' }] } }],
];

group('the adapter’s signature equals alipay-sdk’s', needs('FEIQIAN_BIN'), () => {
  let gateway;
  let alipay;
  let directory;
  let keyFile;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'feiqian-oracle-'));
    keyFile = join(directory, 'key.pem');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(keyFile, pem, { mode: 0o600 });
    gateway = await listen(() => ({ body: '{"error_response":{"code":"20000","msg":"x"}}' }));
    alipay = new AlipaySdk({ appId: '2021000000000001', privateKey: pem, keyType: 'PKCS8', gateway: `${gateway.url}/gateway.do`, signType: 'RSA2' });
  });
  after(async () => {
    await gateway?.stop();
    if (directory) rmSync(directory, { recursive: true });
  });

  for (const [index, [method, params]] of kRequests.entries()) {
    test(`${index + 1}. ${method}`, async () => {
      gateway.received.length = 0;
      await alipay.exec(method, params);
      const [request] = gateway.received;
      const sent = Object.fromEntries([...new URL(request.target, gateway.url).searchParams, ...new URLSearchParams(request.body.toString('utf8'))]);
      const { sign, ...rest } = sent;
      const paramsFile = join(directory, `${index}.json`);
      writeFileSync(paramsFile, JSON.stringify(rest));
      const { stdout } = await run(process.env.FEIQIAN_BIN, ['channel', 'alipay-sign', '--key', keyFile, '--params', paramsFile]);
      const ours = JSON.parse(stdout);
      const expected = Object.keys(rest).sort().map((key) => `${key}=${rest[key]}`).join('&');
      assert.equal(ours.string_to_sign, expected);
      assert.equal(ours.sign, sign);
      assert.ok(alipay.config.privateKey && sent.sign_type === 'RSA2');
    });
  }
});
