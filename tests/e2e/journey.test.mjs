// A purchase from the shop's page to its webhook, in a real browser against the real platform, sandbox and demo shop. Needs
// FEIQIAN_URL, FEIQIAN_SANDBOX_URL and FEIQIAN_SHOP_URL (what `./dev run` starts); skipped without them.
// FEIQIAN_SHOP_SKU picks the goods (the first on the shelf otherwise).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, openPage, picture, seriousFindings } from './browser.mjs';

const kPlatform = trimmed(process.env.FEIQIAN_URL);
const kSandbox = trimmed(process.env.FEIQIAN_SANDBOX_URL);
const kShop = trimmed(process.env.FEIQIAN_SHOP_URL);
const kSku = process.env.FEIQIAN_SHOP_SKU;
const kMissing = Object.entries({ FEIQIAN_URL: kPlatform, FEIQIAN_SANDBOX_URL: kSandbox, FEIQIAN_SHOP_URL: kShop })
  .filter(([, value]) => value === undefined)
  .map(([name]) => name);
const kPassword = '123456';
const kWithinMs = 20_000;

let browser;

const kOnlyIfSet = { skip: kMissing.length > 0 ? `not set: ${kMissing.join(', ')}` : false };

describe('a purchase, all the way', () => {
  before(async () => {
    if (kMissing.length === 0) browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });

  it('by QR code, with the phone beside the PC', kOnlyIfSet, async () => {
    await travel({ layout: 'pc', locale: 'zh-CN' }, async (page) => {
      const token = await buy(page);
      await shows(page, 'scan');
      await page.getByTestId('qr').waitFor();
      await checked(page, 'journey-qr-1-cashier');
      await onThePhone(await codeOf(page, token), async (wallet) => {
        await picture(wallet, 'journey-qr-2-wallet');
        await payIn(wallet);
      });
      await shows(page, 'paid');
      await checked(page, 'journey-qr-3-paid');
      await backInTheShop(page);
      await webhookArrived(page, await paymentOf(page, token), 'journey-qr-4-webhooks');
    });
  });

  it('by redirect, in the same browser', kOnlyIfSet, async () => {
    await travel({ layout: 'pc', locale: 'zh-CN' }, async (page) => {
      const token = await buy(page);
      await shows(page, 'scan');
      await page.getByTestId('pay-page').click();
      await page.waitForURL(atOrigin(kSandbox), { timeout: kWithinMs });
      await picture(page, 'journey-redirect-1-wallet');
      await payIn(page);
      await paidAndBack(page, 'journey-redirect-2-paid');
      await webhookArrived(page, await paymentOf(page, token), 'journey-redirect-3-webhooks');
    });
  });

  it('the same goods by WeChat Pay’s code', kOnlyIfSet, async () => {
    await travel({ layout: 'pc', locale: 'zh-CN' }, async (page) => {
      const token = await buy(page);
      await shows(page, 'scan');
      for (const name of ['支付宝', '微信支付', '云闪付']) await page.getByLabel(name).waitFor();
      await page.getByLabel('微信支付').check();
      await page.getByAltText(/^微信支付付款二维码/).waitFor({ timeout: kWithinMs });
      await checked(page, 'journey-wechatpay-1-cashier');
      await onThePhone(await codeOf(page, token), payIn);
      await shows(page, 'paid');
      assert.equal((await paymentOf(page, token)).attempt.method, 'wechatpay');
    });
  });

  it('and by UnionPay’s page', kOnlyIfSet, async () => {
    await travel({ layout: 'pc', locale: 'en-GB' }, async (page) => {
      const token = await buy(page, '/?lang=en');
      await shows(page, 'scan');
      await page.getByLabel('UnionPay').check();
      await page.getByAltText(/UnionPay/).waitFor({ timeout: kWithinMs });
      await page.getByTestId('pay-page').click();
      await page.waitForURL(atOrigin(kSandbox), { timeout: kWithinMs });
      await picture(page, 'journey-unionpay-1-page');
      await payIn(page);
      await page.getByTestId('wallet-return').click();
      await paidAndBack(page, 'journey-unionpay-2-paid');
      assert.equal((await paymentOf(page, token)).attempt.method, 'unionpay');
    });
  });

  it('in English, on a phone, through the wallet app', kOnlyIfSet, async () => {
    await travel({ layout: 'phone', locale: 'en-GB' }, async (page) => {
      const token = await buy(page, '/?lang=en');
      await shows(page, 'choose');
      assert.equal(await page.locator('html').getAttribute('lang'), 'en');
      assert.match(await page.getByTestId('pay-wap').innerText(), /^Pay .*\d with Alipay$/);
      await checked(page, 'journey-phone-1-cashier');
      await page.getByTestId('pay-wap').click();
      await page.waitForURL(atOrigin(kSandbox), { timeout: kWithinMs });
      await picture(page, 'journey-phone-2-wallet');
      await payIn(page);
      await paidAndBack(page, 'journey-phone-3-paid');
      await webhookArrived(page, await paymentOf(page, token), 'journey-phone-4-webhooks');
    });
  });

  it('cancelled in the wallet, then paid after all', kOnlyIfSet, async () => {
    await travel({ layout: 'phone', locale: 'en-GB' }, async (page) => {
      const token = await buy(page);
      await page.getByTestId('pay-wap').click();
      await page.waitForURL(atOrigin(kSandbox), { timeout: kWithinMs });
      await page.getByTestId('wallet-cancel').click();
      await page.goto(`${kPlatform}/cashier/${token}?lang=en`);
      await page.locator('[data-testid="page-away"], [data-testid="page-failed"]').waitFor({ timeout: kWithinMs });
      await checked(page, 'journey-cancel-1-cashier');
      await page.getByTestId('pay-qr').click();
      await shows(page, 'scan');
      await onThePhone(await codeOf(page, token), payIn);
      await shows(page, 'paid');
    });
  });
});

/** A visit whose pages must not complain, and must not ask anything of an origin but ours. */
async function travel(options, run) {
  const opened = await openPage(browser, { origins: [kPlatform, kSandbox, kShop].map((url) => new URL(url).origin), reducedMotion: 'reduce', ...options });
  try {
    await run(opened.page);
    assert.deepEqual(opened.faults, []);
  } finally {
    await opened.close();
  }
}

/** Puts the goods in the basket and arrives at the cashier; its token is the authority over the payment. */
async function buy(page, path = '/') {
  await page.goto(`${kShop}${path}`);
  await page.locator(kSku === undefined ? '[data-testid^="buy-"]' : `[data-testid="buy-${kSku}"]`).first().click();
  await page.waitForURL(/\/cashier\/[^/?]+/, { timeout: kWithinMs });
  assert.equal(new URL(page.url()).origin, new URL(kPlatform).origin);
  return /\/cashier\/([^/?]+)/.exec(page.url())[1];
}

async function viewOf(page, token) {
  const answer = await page.context().request.get(`${kPlatform}/cashier/api/${token}`);
  assert.equal(answer.status(), 200);
  return answer.json();
}

async function codeOf(page, token) {
  const { attempt } = await viewOf(page, token);
  assert.ok(attempt?.qr_code, 'the view names the address in the code');
  return attempt.qr_code;
}

async function paymentOf(page, token) {
  const view = await viewOf(page, token);
  assert.equal(view.state, 'paid');
  return view;
}

async function onThePhone(address, run) {
  const phone = await openPage(browser, { layout: 'phone' });
  try {
    await phone.page.goto(address);
    await run(phone.page);
  } finally {
    await phone.close();
  }
}

/** Leaves the wallet's page by paying; where it leads is the caller's to check. */
async function payIn(wallet) {
  await wallet.locator('input[name="password"]').fill(kPassword);
  await Promise.all([
    wallet.waitForResponse((response) => response.request().method() === 'POST', { timeout: kWithinMs }),
    wallet.getByTestId('wallet-pay').click(),
  ]);
}

/** After the wallet: the cashier's receipt and then the shop, or the shop at once, as the platform has the channel return. */
async function paidAndBack(page, name) {
  await page.waitForURL((url) => !atOrigin(kSandbox)(url), { timeout: kWithinMs });
  if (atOrigin(kShop)(new URL(page.url()))) return;
  await shows(page, 'paid');
  await checked(page, name);
  await backInTheShop(page);
}

/** By itself: nobody presses the button. */
async function backInTheShop(page) {
  await page.waitForURL(atOrigin(kShop), { timeout: kWithinMs });
}

async function webhookArrived(page, { payment_id: paymentId, merchant_order_no: orderNo }, name) {
  const deadline = Date.now() + kWithinMs;
  for (;;) {
    await page.goto(`${kShop}/webhooks`);
    const text = await page.locator('body').innerText();
    const here = text.includes('payment.succeeded') && (text.includes(paymentId) || text.includes(orderNo));
    if (here) break;
    assert.ok(Date.now() < deadline, `the shop's /webhooks shows no payment.succeeded for ${paymentId}:\n${text}`);
  }
  await picture(page, name);
}

async function checked(page, name) {
  await picture(page, name);
  assert.deepEqual(await seriousFindings(page), []);
}

function shows(page, name) {
  return page.getByTestId(`page-${name}`).waitFor({ timeout: kWithinMs });
}

function atOrigin(base) {
  const { origin } = new URL(base);
  return (url) => url.origin === origin;
}

function trimmed(url) {
  return url === undefined || url === '' ? undefined : url.replace(/\/+$/, '');
}
