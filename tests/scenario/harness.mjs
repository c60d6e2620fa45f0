/**
 * A whole platform for a test: sandbox, platform and merchants on fresh directories and free loopback ports.
 *
 *     const platform = await startPlatform();
 *     const payment = await platform.merchant.client().payments.create({...});
 *     await platform.checkBooks();      // after every scenario
 *     await platform.stop();
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Feiqian } from '@feiqian/sdk';
import { createDatabase, dropDatabase, kPostgres } from './postgres.mjs';
import { eventually, freePort, run, Server } from './processes.mjs';

export { eventually, freePort, pause } from './processes.mjs';

/** The commands that are not spelled out elsewhere, in one place. */
const kCommands = {
  suspend: (merchant) => ['merchant', 'suspend', merchant],
  resume: (merchant) => ['merchant', 'resume', merchant],
  revokeKey: (key) => ['merchant', 'revoke-key', key],
};

const kParameters = {
  'payments.least_expiry': 1,
  'payments.unknown_query_first': 1,
  'payments.pending_query_first': 2,
  'payments.barcode_doubt': 4,
};

/** `settings` are changes to feiqian.toml: {"server.threads": 1}. `storeUrl` '': the embedded store, whatever is tested. */
export async function startPlatform({ settings = {}, seed = 1, storeUrl = undefined } = {}) {
  const platform = new Platform(mkdtempSync(join(tmpdir(), 'feiqian-')), settings, seed);
  platform.storeUrl = storeUrl;
  try {
    await platform.start();
  } catch (error) {
    await platform.stop({ failed: true });
    throw error;
  }
  return platform;
}

export class Platform {
  constructor(directory, settings, seed) {
    this.directory = directory;
    this.data = join(directory, 'data');
    this.settings = settings;
    this.seed = seed;
    this.open = [];
    this.listeners = [];
  }

  async start() {
    const sandboxData = join(this.directory, 'sandbox');
    const sandboxPort = await freePort();
    this.sandbox = new Sandbox(`http://127.0.0.1:${sandboxPort}`, sandboxData);
    this.sandboxServer = new Server(
      'feiqian-sandbox',
      ['--listen', `127.0.0.1:${sandboxPort}`, '--data', sandboxData, '--seed', String(this.seed)],
      join(this.directory, 'sandbox.log'),
    );
    await this.sandboxServer.start(`${this.sandbox.url}/healthz`);

    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    if (this.storeUrl === undefined && kPostgres) {
      this.storeUrl = await createDatabase();
      this.ownsDatabase = true;
    }
    const store = this.storeUrl ? ['--store', this.storeUrl] : [];
    await this.command(['init', '--sandbox-url', this.sandbox.url, '--sandbox-data', sandboxData, '--listen', `127.0.0.1:${port}`, ...store]);
    this.configure({ 'channels.alipay.timeout_ms': 2500, ...this.settings });
    this.server = new Server('feiqian', ['serve', '--data', this.data], join(this.directory, 'feiqian.log'));
    await this.server.start(`${this.url}/readyz`);
    // Scenarios wait for an expiry, a query, a cancellation in doubt: seconds are enough.
    for (const [name, value] of Object.entries(kParameters)) await this.command(['parameter', 'set', name, String(value)]);
    this.merchant = await this.newMerchant('merchant');
  }

  /** Changes feiqian.toml; takes effect at the next start. */
  configure(settings) {
    const file = join(this.data, 'feiqian.toml');
    let text = readFileSync(file, 'utf8');
    for (const [name, value] of Object.entries(settings)) text = withSetting(text, name, value);
    writeFileSync(file, text);
  }

  /** Runs `feiqian …` on this data directory; it must succeed. */
  async command(args) {
    const result = await run('feiqian', [...args, '--data', this.data]);
    assert.equal(result.code, 0, `feiqian ${args.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  async newMerchant(name) {
    const file = join(this.directory, `${name}.json`);
    await this.command(['merchant', 'demo', '--shop-url', 'http://127.0.0.1:9', '--out', file]);
    const merchant = new Merchant(this, file);
    return merchant;
  }

  suspend(merchant) {
    return this.command(kCommands.suspend(merchant.id));
  }

  resume(merchant) {
    return this.command(kCommands.resume(merchant.id));
  }

  revokeKey(keyId) {
    return this.command(kCommands.revokeKey(keyId));
  }

  async kill9() {
    await this.server.end('SIGKILL');
  }

  async restart(signal = 'SIGTERM') {
    await this.server.end(signal);
    await this.server.start(`${this.url}/readyz`);
  }

  /** The books balance and re-derive: to be asked after every scenario. */
  async checkBooks() {
    const verified = await this.command(['verify']);
    assert.match(verified, /^verify: ok/m, verified);
    const balance = JSON.parse(await this.command(['ledger', 'trial-balance', '--json']));
    checkBalanced(balance);
    return balance;
  }

  /** A loopback endpoint that takes webhooks. Pass its url as notify_url. */
  async listener(merchant = this.merchant) {
    const listener = new WebhookListener(merchant);
    await listener.start();
    this.listeners.push(listener);
    return listener;
  }

  async stop({ failed = false } = {}) {
    for (const client of this.open) client.close();
    for (const listener of this.listeners) await listener.stop();
    const code = await this.server?.end('SIGTERM');
    await this.sandboxServer?.end('SIGTERM');
    if (this.ownsDatabase && !failed && !process.env.FEIQIAN_KEEP) await dropDatabase(this.storeUrl);
    if (failed || process.env.FEIQIAN_KEEP) process.stderr.write(`kept: ${this.directory}\n`);
    else rmSync(this.directory, { recursive: true, force: true });
    return code;
  }
}

/** One merchant with keys of every algorithm. */
export class Merchant {
  constructor(platform, file) {
    this.platform = platform;
    this.file = file;
    this.config = JSON.parse(readFileSync(file, 'utf8'));
    this.id = this.config.merchant_id;
  }

  key(algorithm = 'ed25519') {
    if (algorithm === this.config.algorithm) return this.config;
    const block = { 'hmac-sha256': 'hmac', 'rsa-v1_5-sha256': 'rsa', 'ecdsa-p256-sha256': 'p256' }[algorithm];
    const key = this.config[block];
    if (key === undefined) throw new Error(`the merchant has no ${algorithm} key`);
    return key;
  }

  client(algorithm = 'ed25519', options = {}) {
    const key = this.key(algorithm);
    const client = new Feiqian({
      apiUrl: this.platform.url,
      keyId: key.key_id,
      algorithm,
      ...(algorithm === 'hmac-sha256' ? { hmacSecret: key.secret_base64 } : { privateKeyPem: key.private_key_pem }),
      webhookSecret: this.config.webhook_secret,
      ...options,
    });
    this.platform.open.push(client);
    return client;
  }
}

/** The provider's side: its books, its payers, its faults. */
export class Sandbox {
  constructor(url, data) {
    this.url = url;
    this.data = data;
  }

  async control(method, path, body) {
    this.token ??= readFileSync(join(this.data, 'sandbox.token'), 'utf8').trim();
    const answer = await fetch(`${this.url}/control${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw Object.assign(new Error(`${method} /control${path}: ${answer.status} ${text}`), { status: answer.status });
    return text === '' ? undefined : JSON.parse(text);
  }

  fault(rule) {
    return this.control('POST', '/faults', rule);
  }

  clearFaults() {
    return this.control('DELETE', '/faults');
  }

  async authCode(payer = 'rich', channel = 'alipay') {
    return (await this.control('POST', '/auth-codes', { payer, channel })).auth_code;
  }

  /** All of them, of each channel the newest first. */
  async trades() {
    return (await Promise.all(['alipay', 'wechatpay', 'unionpay'].map((channel) => this.tradesOfChannel(channel)))).flat();
  }

  async tradesOfChannel(channel) {
    const all = [];
    for (;;) {
      const { trades } = await this.control('GET', `/trades?channel=${channel}&older_than=${all.at(-1)?.trade_no ?? ''}`);
      if (trades.length === 0) return all;
      all.push(...trades);
    }
  }

  /** The trades of one payment, by its subject, which the tests keep unique. */
  async tradesOf(payment) {
    return (await this.trades()).filter((trade) => trade.subject === payment.subject);
  }

  /** The payment's trade. The provider knows none until a payer opens the code, so that is done first. */
  async tradeOf(payment) {
    if (payment.qr_code && (await this.tradesOf(payment)).length === 0) await this.scan(payment.qr_code);
    return eventually(`the provider has a trade for ${payment.merchant_order_no}`, async () => (await this.tradesOf(payment))[0]);
  }

  /** A payer's phone opens the code. */
  async scan(qrCode) {
    const page = await fetch(qrCode);
    assert.ok(page.status < 500, `the wallet answers ${page.status}`);
  }

  pay(trade, payer = 'rich') {
    return this.control('POST', `/trades/${encodeURIComponent(trade.out_trade_no)}/pay`, { payer });
  }
}

/** Takes webhooks, verifies each with the SDK, and answers as `respond` says. */
export class WebhookListener {
  constructor(merchant) {
    this.client = merchant.client();
    this.received = [];
    this.invalid = [];
    this.respond = (_request, response) => response.writeHead(204).end();
  }

  async start() {
    this.server = http.createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      try {
        const webhook = await this.client.webhooks.verify(request.headers, body);
        this.received.push({ ...webhook, headers: request.headers, body: body.toString('utf8'), path: request.url });
      } catch (error) {
        this.invalid.push({ error, headers: request.headers, body: body.toString('utf8') });
      }
      this.respond(request, response);
    });
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}/webhooks`;
  }

  /** Waits for the first webhook of the kind. */
  event(type, matches = () => true, options) {
    return eventually(`webhook ${type}`, () => this.received.find((one) => one.event.type === type && matches(one.event.data)), options);
  }

  /** Distinct events of the kind: a repeated delivery has the same id. */
  count(type, matches = () => true) {
    return new Set(this.received.filter((one) => one.event.type === type && matches(one.event.data)).map((one) => one.id)).size;
  }

  stop() {
    return new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }
}

/** Opens `url` as a browser does, a form that submits itself included, until the page has a form for `action`. */
export async function openForm(url, action) {
  let answer = await fetch(url);
  for (let step = 0; step < 5; step += 1) {
    const page = await answer.text();
    const forms = formsOf(page, answer.url);
    const wanted = forms.find((form) => action.test(form.action.pathname));
    if (wanted) return wanted;
    assert.equal(forms.length, 1, `no form for ${action} at ${answer.url}: ${page.slice(0, 500)}`);
    answer = await submit(forms[0]);
  }
  throw new Error(`no form for ${action} behind ${url}`);
}

export function submit(form, more = {}, redirect = 'follow') {
  const fields = new URLSearchParams([...form.fields, ...Object.entries(more)]);
  if (form.method === 'post') return fetch(form.action, { method: 'POST', body: fields, redirect, headers: { origin: form.action.origin } });
  return fetch(`${form.action.origin}${form.action.pathname}?${fields}`, { redirect });
}

function formsOf(page, base) {
  const unescape = (text) =>
    text.replace(/&quot;/g, '"').replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))).replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)))
      .replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
  const attributes = (tag) => Object.fromEntries([...tag.matchAll(/([a-z-]+)\s*=\s*("([^"]*)"|'([^']*)'|[^\s>]+)/gi)].map(([, name, raw, double, single]) => [name.toLowerCase(), unescape(double ?? single ?? raw)]));
  return [...page.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head, inside]) => {
    const { action = '', method = 'get' } = attributes(head);
    const inputs = [...inside.matchAll(/<input\b([^>]*)>/gi)].map(([, tag]) => attributes(tag));
    const fields = inputs.filter(({ name, type }) => name && type === 'hidden').map(({ name, value = '' }) => [name, value]);
    return { action: new URL(action, base), method: method.toLowerCase(), fields };
  });
}

let orderCount = 0;

/** A new order: number and subject occur once in the whole run. */
export function newOrder(more = {}) {
  orderCount += 1;
  const no = `T-${process.pid}-${Date.now().toString(36)}-${orderCount}`;
  return { merchant_order_no: no, amount_minor: 12800, currency: 'CNY', subject: `龙井茶 ${no}`, mode: 'qr', method: 'alipay', ...more };
}

/** Creates a payment and has the payer pay it; resolves when the platform says paid. */
export async function paidPayment(platform, more = {}) {
  const client = platform.merchant.client();
  const payment = await client.payments.create(newOrder(more));
  await platform.sandbox.pay(await platform.sandbox.tradeOf(payment));
  return waitForState(client, payment.id, 'paid');
}

export function waitForState(client, paymentId, state, options = { timeoutMs: 60_000 }) {
  const states = [state].flat();
  return eventually(
    `${paymentId} is ${states.join(' or ')}`,
    async () => {
      const payment = await client.payments.get(paymentId);
      return states.includes(payment.state) ? payment : undefined;
    },
    { everyMs: 100, ...options },
  );
}

export function waitForRefund(client, refundId, state = 'succeeded', options = { timeoutMs: 60_000 }) {
  return eventually(
    `${refundId} is ${state}`,
    async () => {
      const refund = await client.refunds.get(refundId);
      return refund.state === state ? refund : undefined;
    },
    { everyMs: 100, ...options },
  );
}

/** The payment as the merchant sees it and the provider's books say the same. */
export async function assertAgreesWithProvider(platform, client, paymentId) {
  const payment = await client.payments.get(paymentId);
  const trades = await platform.sandbox.tradesOf(payment);
  const held = trades.reduce((sum, trade) => sum + (isPaid(trade) ? trade.total_minor - trade.refunded_minor : 0), 0);
  const expected = payment.state === 'paid' ? payment.amount_minor - payment.refunded_minor : 0;
  assert.equal(held, expected, `provider holds ${held}, the payment is ${payment.state}: ${JSON.stringify({ payment, trades })}`);
  return { payment, trades };
}

/** Money came in for this trade (it may have been given back since). */
export function isPaid(trade) {
  return ['TRADE_SUCCESS', 'TRADE_FINISHED', 'SUCCESS', 'REFUND', 'succeeded'].includes(trade.state) || trade.refunded_minor > 0;
}

/** Σ debit = Σ credit per pool and currency, over the rows, not over what the command claims. */
export function checkBalanced(balance) {
  assert.notEqual(balance.balanced, false, JSON.stringify(balance));
  assert.ok(Array.isArray(balance.accounts), 'trial-balance --json has "accounts"');
  const sums = new Map();
  for (const { pool, currency, debit_minor: debit, credit_minor: credit } of balance.accounts) {
    assert.ok(Number.isSafeInteger(debit) && Number.isSafeInteger(credit), JSON.stringify({ debit, credit }));
    const key = `${pool} ${currency}`;
    sums.set(key, (sums.get(key) ?? 0) + debit - credit);
  }
  for (const [key, difference] of sums) assert.equal(difference, 0, `${key} is out of balance by ${difference}`);
}

/** `server.threads` = 1 → the line in its [section], replaced or added. */
export function withSetting(text, name, value) {
  const dot = name.lastIndexOf('.');
  const section = name.slice(0, dot);
  const key = name.slice(dot + 1);
  const line = `${key} = ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`;
  const lines = text.split('\n');
  const start = lines.findIndex((one) => one.trim() === `[${section}]`);
  if (start < 0) return `${text.trimEnd()}\n\n[${section}]\n${line}\n`;
  let end = lines.findIndex((one, index) => index > start && /^\s*\[/.test(one));
  if (end < 0) end = lines.length;
  const at = lines.findIndex((one, index) => index > start && index < end && new RegExp(`^\\s*${key}\\s*=`).test(one));
  if (at >= 0) lines[at] = line;
  else lines.splice(start + 1, 0, line);
  return lines.join('\n');
}
