/** The shop's requests: pages, orders, refunds, and the webhook endpoint. */
import { randomBytes } from 'node:crypto';
import { FeiqianError } from '@feiqian/sdk';
import { kIcon, kStyle } from './assets.mjs';
import { goodsBySku } from './goods.mjs';
import { orderPage, ordersPage, problemPage, shopPage, webhooksPage } from './pages.mjs';
import { parseYuan, textFor } from './text.mjs';

/** A refusal that is shown to the visitor. */
class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function makeShop({ feiqian, books, publicUrl, log }) {
  const routes = [
    ['GET', /^\/$/, async ({ lang }) => html(shopPage(lang))],
    ['GET', /^\/style\.css$/, async () => file('text/css; charset=utf-8', kStyle)],
    ['GET', /^\/icon\.svg$/, async () => file('image/svg+xml', kIcon)],
    ['GET', /^\/healthz$/, async () => file('application/json', '{"status":"ok"}')],
    ['GET', /^\/orders$/, async ({ lang }) => html(ordersPage(lang, books.allOrders()))],
    ['POST', /^\/orders$/, createOrder],
    ['GET', /^\/orders\/([A-Za-z0-9_-]{1,64})$/, showOrder],
    ['POST', /^\/orders\/([A-Za-z0-9_-]{1,64})\/refunds$/, refundOrder],
    ['POST', /^\/orders\/([A-Za-z0-9_-]{1,64})\/close$/, closeOrder],
    ['GET', /^\/webhooks$/, async ({ lang }) => html(webhooksPage(lang, books.allWebhooks()))],
    ['POST', /^\/webhooks$/, takeWebhook],
  ];

  /** Called by node:http for every request; never throws. */
  return async function handle(request, response) {
    const url = new URL(request.url, 'http://shop');
    const lang = url.searchParams.get('lang') === 'en' ? 'en' : 'zh';
    let answer;
    try {
      const [handler, match] = find(routes, request.method, url.pathname);
      answer = await handler({ request, lang, match });
    } catch (error) {
      answer = failure(lang, error, log);
    }
    response.writeHead(answer.status, {
      'content-security-policy': "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      ...answer.headers,
    });
    response.end(answer.body);
  };

  /** The order is written down before the platform is asked: whatever happens, it can be found by its number. */
  async function createOrder({ request, lang }) {
    const form = await readForm(request);
    const item = goodsBySku(form.get('sku'));
    const mode = form.get('mode');
    if (item === undefined || (mode !== 'redirect' && mode !== 'qr')) throw new Refusal(400, 'sku / mode');
    const no = `S-${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`.toUpperCase();
    const subject = item.name[lang];
    const createdAt = new Date().toISOString();
    books.addOrder({ no, sku: item.sku, subject, amount_minor: item.price_minor, mode, state: 'new', refunded_minor: 0, payment_id: null, created_at: createdAt });
    const payment = await feiqian.payments.create({
      merchant_order_no: no,
      amount_minor: item.price_minor,
      currency: 'CNY',
      subject,
      mode,
      ...(mode === 'qr' ? { method: 'alipay' } : {}),
      goods: [{ name: subject, quantity: 1, price_minor: item.price_minor }],
      return_url: `${publicUrl}/orders/${no}${lang === 'en' ? '?lang=en' : ''}`,
      notify_url: `${publicUrl}/webhooks`,
      metadata: { sku: item.sku },
    });
    books.setPayment(payment);
    return seeOther(payment.cashier_url ?? orderPath(no, lang));
  }

  async function showOrder({ lang, match }) {
    const order = knownOrder(lang, match[1]);
    const payment = await currentPayment(order);
    const refunds = payment?.refunded_minor || payment?.refunding_minor ? (await feiqian.refunds.listForPayment(payment.id)).data : [];
    return html(orderPage(lang, order, payment, refunds, order.state === 'new' ? textFor(lang).unknownOutcome : undefined));
  }

  async function refundOrder({ request, lang, match }) {
    const order = knownOrder(lang, match[1]);
    const amount = parseYuan((await readForm(request)).get('amount') ?? '');
    if (amount === undefined) throw new Refusal(400, textFor(lang).badAmount);
    const payment = await currentPayment(order);
    if (payment === undefined) throw new Refusal(409, textFor(lang).unknownOutcome);
    const number = `R-${order.no.slice(2)}-${randomBytes(3).toString('hex')}`;
    await feiqian.refunds.create(payment.id, { merchant_refund_no: number, amount_minor: amount });
    return seeOther(orderPath(order.no, lang));
  }

  async function closeOrder({ request, lang, match }) {
    await readForm(request);
    const order = knownOrder(lang, match[1]);
    const payment = await currentPayment(order);
    if (payment !== undefined) books.setPayment(await feiqian.payments.close(payment.id));
    return seeOther(orderPath(order.no, lang));
  }

  /** Answers 2xx only after the event is written down; the same event again is acknowledged and changes nothing. */
  async function takeWebhook({ request }) {
    const body = await readBody(request, 1024 * 1024);
    const webhook = await feiqian.webhooks.verify(request.headers, body);
    const first = books.addWebhook(webhook, new Date().toISOString());
    if (first && webhook.event.data.payment) books.setPayment(webhook.event.data.payment);
    return { status: 204, headers: {} };
  }

  function knownOrder(lang, no) {
    const order = books.orders.get(no);
    if (order === undefined) throw new Refusal(404, textFor(lang).unknownOrder);
    return order;
  }

  /** The payment as the platform says it is now. An order whose creation was never answered is looked for by its number. */
  async function currentPayment(order) {
    const payment = order.payment_id
      ? await feiqian.payments.get(order.payment_id)
      : (await feiqian.payments.list({ merchant_order_no: order.no })).data[0];
    if (payment !== undefined) books.setPayment(payment);
    return payment;
  }
}

function find(routes, method, path) {
  let pathKnown = false;
  for (const [wanted, pattern, handler] of routes) {
    const match = pattern.exec(path);
    if (match && wanted === method) return [handler, match];
    pathKnown ||= match !== null;
  }
  throw new Refusal(pathKnown ? 405 : 404, pathKnown ? 'method' : 'path');
}

function failure(lang, error, log) {
  if (error instanceof Refusal) return html(problemPage(lang, error.message), error.status);
  if (error instanceof FeiqianError) {
    log(`${error.code}: ${error.message}`);
    if (error.code === 'client.webhook_invalid') return { status: 401, headers: { 'content-type': 'text/plain' }, body: 'signature' };
    const status = error.status !== null && error.status < 500 && !error.code.startsWith('client.') ? error.status : 502;
    return html(problemPage(lang, error.detail ?? error.message, error), status);
  }
  log(String(error?.stack ?? error));
  return html(problemPage(lang, 'internal'), 500);
}

/** Forms are taken from the shop's own pages only. */
async function readForm(request) {
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== 'null' && new URL(origin).host !== request.headers.host) throw new Refusal(403, 'origin');
  return new URLSearchParams((await readBody(request, 16 * 1024)).toString('utf8'));
}

async function readBody(request, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) throw new Refusal(413, 'size');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const html = (body, status = 200) => ({ status, headers: { 'content-type': 'text/html; charset=utf-8' }, body });
const file = (type, body) => ({ status: 200, headers: { 'content-type': type }, body });
const seeOther = (location) => ({ status: 303, headers: { location } });
const orderPath = (no, lang) => `/orders/${no}${lang === 'en' ? '?lang=en' : ''}`;
