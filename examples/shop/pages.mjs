/** The shop's pages. Every value goes through `esc`; links and forms carry the language. */
import qrcode from 'qrcode-generator';
import { kGoods } from './goods.mjs';
import { textFor, yuan } from './text.mjs';

export function esc(value) {
  return String(value).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const withLang = (path, lang) => (lang === 'en' ? `${path}${path.includes('?') ? '&' : '?'}lang=en` : path);
const localTime = (iso) => esc(String(iso).replace('T', ' ').replace(/\.\d+Z$/, ' UTC'));

function layout({ lang, title, here, body, refreshSeconds }) {
  const t = textFor(lang);
  const other = lang === 'en' ? here : `${here}?lang=en`;
  const link = (path, text) => `<a href="${withLang(path, lang)}"${here === path ? ' aria-current="page"' : ''}>${esc(text)}</a>`;
  return `<!doctype html>
<html lang="${lang === 'en' ? 'en' : 'zh-CN'}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
${refreshSeconds ? `<meta http-equiv="refresh" content="${refreshSeconds}">` : ''}
<title>${esc(title)} · ${esc(t.title)}</title>
<link rel="stylesheet" href="/style.css"><link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body>
<header><a class="brand" href="${withLang('/', lang)}">${esc(t.title)}</a><span class="tagline">${esc(t.tagline)}</span>
<nav>${link('/', t.shop)}${link('/orders', t.orders)}${link('/webhooks', t.webhooks)}<a href="${esc(other)}" lang="${lang === 'en' ? 'zh-CN' : 'en'}" data-testid="lang">${esc(t.other)}</a></nav></header>
<main>${body}</main>
</body>
</html>`;
}

export function shopPage(lang) {
  const t = textFor(lang);
  const button = (item, mode, id, text, kind) =>
    `<form method="post" action="${withLang('/orders', lang)}"><input type="hidden" name="sku" value="${item.sku}"><input type="hidden" name="mode" value="${mode}">` +
    `<button class="${kind}" data-testid="${id}-${item.sku}" aria-label="${esc(`${text}: ${item.name[lang]}`)}">${esc(text)}</button></form>`;
  const cards = kGoods.map(
    (item) => `<article class="card"><div class="picture">${item.picture}</div>
<h2>${esc(item.name[lang])}</h2><p class="about">${esc(item.about[lang])}</p><p class="price">${yuan(item.price_minor)}</p>
${button(item, 'redirect', 'buy', t.buy, 'primary')}${button(item, 'qr', 'qr', t.showQr, 'secondary')}</article>`,
  );
  return layout({ lang, title: t.shop, here: '/', body: `<h1>${esc(t.shop)}</h1><div class="cards">${cards.join('\n')}</div>` });
}

const stateBadge = (t, state) => `<span class="badge ${esc(state)}" data-testid="order-state" data-state="${esc(state)}">${esc(t.states[state] ?? state)}</span>`;

function refundForm(lang, order) {
  const t = textFor(lang);
  const left = order.amount_minor - order.refunded_minor;
  if (order.state !== 'paid' || left <= 0) return '';
  const id = `refund-${esc(order.no)}`;
  return `<form class="refund" method="post" action="${withLang(`/orders/${encodeURIComponent(order.no)}/refunds`, lang)}" data-testid="refund-form">
<label for="${id}">${esc(t.refundAmount)}</label><input id="${id}" name="amount" inputmode="decimal" autocomplete="off" required value="${yuan(left).slice(1)}" data-testid="refund-amount">
<button class="secondary" data-testid="refund-submit">${esc(t.refund)}</button></form>`;
}

export function ordersPage(lang, orders) {
  const t = textFor(lang);
  const rows = orders.map(
    (order) => `<tr data-testid="order-row" data-order="${esc(order.no)}"><td><a href="${withLang(`/orders/${encodeURIComponent(order.no)}`, lang)}">${esc(order.no)}</a></td>
<td>${esc(order.subject)}</td><td class="number">${yuan(order.amount_minor)}</td><td class="number">${order.refunded_minor ? yuan(order.refunded_minor) : '–'}</td>
<td>${stateBadge(t, order.state)}</td><td>${localTime(order.created_at)}</td><td>${refundForm(lang, order)}</td></tr>`,
  );
  const head = [t.order, t.goods, t.amount, t.refunded, t.state, t.time, t.refund].map((text) => `<th scope="col">${esc(text)}</th>`).join('');
  const body = rows.length
    ? `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
    : `<p>${esc(t.none)}</p>`;
  return layout({ lang, title: t.orders, here: '/orders', body: `<h1>${esc(t.orders)}</h1>${body}` });
}

export function orderPage(lang, order, payment, refunds, notice) {
  const t = textFor(lang);
  const row = (name, value, testid) => `<dt>${esc(name)}</dt><dd${testid ? ` data-testid="${testid}"` : ''}>${value}</dd>`;
  const waiting = order.state === 'new' || order.state === 'open' || order.state === 'closing';
  const pending = refunds.some((refund) => refund.state === 'pending');
  const refundRows = refunds.map(
    (refund) => `<li data-testid="refund-row" data-state="${esc(refund.state)}">${yuan(refund.amount_minor)} · ${esc(t.refundStates[refund.state] ?? refund.state)} · ${esc(refund.merchant_refund_no)}${refund.failure ? ` · ${esc(refund.failure.message)}` : ''}</li>`,
  );
  const pay =
    order.state === 'open' && payment?.qr_code
      ? `<section class="pay"><h2>${esc(t.scan)}</h2><div class="qr" data-testid="qr-image">${qrSvg(payment.qr_code, t.scan)}</div><p><a href="${esc(payment.qr_code)}" data-testid="qr-link">${esc(t.openWallet)}</a></p></section>`
      : order.state === 'open' && payment?.cashier_url
        ? `<p><a class="button primary" href="${esc(payment.cashier_url)}" data-testid="to-cashier">${esc(t.toCashier)}</a></p>`
        : '';
  const close = order.state === 'open' ? `<form method="post" action="${withLang(`/orders/${encodeURIComponent(order.no)}/close`, lang)}"><button class="quiet" data-testid="close">${esc(t.close)}</button></form>` : '';
  const body = `<h1>${esc(t.order)} <span data-testid="order-no">${esc(order.no)}</span></h1>
${notice ? `<p class="notice" role="alert" data-testid="notice">${esc(notice)}</p>` : ''}
<div class="panel"><dl>${row(t.state, stateBadge(t, order.state))}${row(t.goods, esc(order.subject))}${row(t.amount, yuan(order.amount_minor), 'amount')}
${row(t.refunded, yuan(order.refunded_minor), 'refunded')}${payment ? row(t.payment, esc(payment.id), 'payment-id') : ''}
${payment?.fee_minor == null ? '' : row(t.fee, yuan(payment.fee_minor), 'fee')}${payment?.channel_trade_no ? row(t.channelNo, esc(payment.channel_trade_no)) : ''}</dl>
${pay}${refundForm(lang, order)}${refundRows.length ? `<h2>${esc(t.refunds)}</h2><ul>${refundRows.join('')}</ul>` : ''}${close}</div>
${waiting || pending ? `<p class="hint">${esc(t.refreshes)}</p>` : ''}<p><a href="${withLang('/', lang)}">${esc(t.back)}</a></p>`;
  const here = `/orders/${encodeURIComponent(order.no)}`;
  return layout({ lang, title: t.order, here, body, refreshSeconds: waiting || pending ? 3 : 0 });
}

export function webhooksPage(lang, webhooks) {
  const t = textFor(lang);
  const rows = webhooks.map(({ id, event, received_at: receivedAt, times }) => {
    const { payment, refund } = event.data;
    return `<tr data-testid="webhook-row" data-type="${esc(event.type)}" data-order="${esc(payment?.merchant_order_no ?? '')}"><td><code>${esc(event.type)}</code></td><td>${esc(payment?.merchant_order_no ?? '–')}</td>
<td class="number">${yuan((refund ?? payment)?.amount_minor ?? 0)}</td><td>${localTime(receivedAt)}</td><td class="number">${times}</td><td><code>${esc(id)}</code></td></tr>`;
  });
  const head = [t.event, t.order, t.amount, t.received, t.times, t.eventId].map((text) => `<th scope="col">${esc(text)}</th>`).join('');
  const body = rows.length
    ? `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
    : `<p>${esc(t.none)}</p>`;
  return layout({ lang, title: t.webhooks, here: '/webhooks', body: `<h1>${esc(t.webhooks)}</h1><p class="hint">${esc(t.verified)}</p>${body}`, refreshSeconds: 5 });
}

export function problemPage(lang, message, error) {
  const t = textFor(lang);
  const details = error ? `<p class="hint">${esc(t.code)} <code data-testid="error-code">${esc(error.code)}</code>${error.requestId ? ` · ${esc(t.requestId)} <code>${esc(error.requestId)}</code>` : ''}</p>` : '';
  const body = `<h1>${esc(t.problem)}</h1><div class="panel"><p class="notice" role="alert">${esc(message)}</p>${details}</div><p><a href="${withLang('/', lang)}">${esc(t.back)}</a></p>`;
  return layout({ lang, title: t.problem, here: '/', body });
}

function qrSvg(text, label) {
  const code = qrcode(0, 'M');
  code.addData(text, 'Byte');
  code.make();
  const size = code.getModuleCount();
  let path = '';
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) if (code.isDark(y, x)) path += `M${x + 4} ${y + 4}h1v1h-1z`;
  }
  return `<svg viewBox="0 0 ${size + 8} ${size + 8}" role="img" aria-label="${esc(label)}" shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/><path d="${path}" fill="#000"/></svg>`;
}
