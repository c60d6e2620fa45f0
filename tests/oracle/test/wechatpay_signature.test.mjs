/**
 * Our adapter signs byte for byte what `wechatpay-axios-plugin` signs. The plugin sends a real request to a loopback
 * listener; the same method, target, time, nonce and body are signed again by `feiqian channel wechatpay-sign`, and must
 * give the same signature.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import plugin from 'wechatpay-axios-plugin';
import { group, listen, needs } from '../environment.mjs';

const run = promisify(execFile);
const { Wechatpay } = plugin;

const kRequests = [
  ['native', (wx) => wx.v3.pay.transactions.native.post({ out_trade_no: 'W00001', description: '龙井茶 "一" & 100% 😀', amount: { total: 1 } })],
  ['query', (wx) => wx.v3.pay.transactions.outTradeNo._out_trade_no_.get({ params: { mchid: '1900' }, out_trade_no: 'W00001' })],
  ['close', (wx) => wx.v3.pay.transactions.outTradeNo._out_trade_no_.close.post({ mchid: '1900' }, { out_trade_no: 'W-1_2' })],
  ['refund', (wx) => wx.v3.refund.domestic.refunds.post({ out_refund_no: 'R1', reason: '第一行\n第二行' })],
  ['bill', (wx) => wx.v3.bill.tradebill.get({ params: { bill_date: '2026-11-21', bill_type: 'ALL' } })],
  ['certificates', (wx) => wx.v3.certificates.get()],
];

group('the adapter’s signature equals wechatpay-axios-plugin’s', needs('FEIQIAN_BIN'), () => {
  let server;
  let wxpay;
  let directory;
  let keyFile;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'feiqian-oracle-'));
    keyFile = join(directory, 'key.pem');
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(keyFile, pem, { mode: 0o600 });
    // Refused, so that the plugin verifies nothing.
    server = await listen(() => ({ status: 400, headers: { 'content-type': 'application/json' }, body: '{"code":"PARAM_ERROR"}' }));
    wxpay = new Wechatpay({
      baseURL: `${server.url}/`, mchid: '1900', serial: '1DDE55AD', privateKey: pem,
      certs: { FF: publicKey.export({ type: 'spki', format: 'pem' }) },
    });
  });
  after(async () => {
    await server?.stop();
    if (directory) rmSync(directory, { recursive: true });
  });

  for (const [index, [name, send]] of kRequests.entries()) {
    test(`${index + 1}. ${name}`, async () => {
      server.received.length = 0;
      await assert.rejects(send(wxpay));
      const [request] = server.received;
      const parts = Object.fromEntries([...request.headers.authorization.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
      const body = request.body.toString('utf8');
      const paramsFile = join(directory, `${index}.json`);
      writeFileSync(paramsFile, JSON.stringify({
        mchid: parts.mchid, serial_no: parts.serial_no, method: request.method, target: request.target,
        timestamp: parts.timestamp, nonce: parts.nonce_str, body,
      }));
      const { stdout } = await run(process.env.FEIQIAN_BIN, ['channel', 'wechatpay-sign', '--key', keyFile, '--params', paramsFile]);
      const ours = JSON.parse(stdout);
      assert.equal(ours.string_to_sign, `${request.method}\n${request.target}\n${parts.timestamp}\n${parts.nonce_str}\n${body}\n`);
      const again = Object.fromEntries([...ours.authorization.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
      assert.deepEqual(again, parts);
      assert.match(ours.authorization, /^WECHATPAY2-SHA256-RSA2048 /);
    });
  }
});
