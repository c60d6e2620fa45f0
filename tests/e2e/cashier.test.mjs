// Every page of the cashier (web/dist) against the fixture server: both languages, both layouts, accessibility, behaviour.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, openPage, picture, seriousFindings } from './browser.mjs';
import { startCashierServer } from './fixtures/cashier-server.mjs';
import { qrAttempt, samplePayment } from './fixtures/payments.mjs';

let server;
let browser;

before(async () => {
  server = await startCashierServer();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens the cashier of a token, runs the case, and fails on anything the browser complained about. */
async function visit(token, options, run) {
  const { lang = 'zh', ...rest } = options;
  const opened = await openPage(browser, { origins: [server.origin], ...rest });
  try {
    await opened.page.goto(`${server.origin}/cashier/${token}${lang === null ? '' : `?lang=${lang}`}`);
    await run(opened.page);
    assert.deepEqual(opened.faults, []);
  } finally {
    await opened.close();
  }
}

const shows = (page, name) => page.getByTestId(`page-${name}`).waitFor({ timeout: 10_000 });

// [token, page shown on a PC, page shown on a phone, the browser may complain about answers]
const kPages = [
  ['scan', 'scan', 'scan'],
  ['last-minute', 'scan', 'scan'],
  ['sandbox', 'scan', 'scan'],
  ['away', 'away', 'away'],
  ['unknown', 'confirming', 'confirming'],
  ['created', 'confirming', 'confirming'],
  ['failed', 'failed', 'failed'],
  ['failed-otherwise', 'failed', 'failed'],
  ['paid', 'paid', 'paid'],
  ['paid-here', 'paid', 'paid'],
  ['expired', 'expired', 'expired'],
  ['closed', 'closed', 'closed'],
  ['barcode-failed', 'barcode-failed', 'barcode-failed'],
  ['closing', 'closing', 'closing'],
  ['time-up', 'time-up', 'time-up'],
  ['no-method', 'no-method', 'no-method'],
  ['long', 'scan', 'choose'],
  ['yen', 'scan', 'choose'],
  ['methods', 'scan', 'choose'],
  ['english', 'scan', 'choose'],
  ['nobody-knows-this', 'not-found', 'not-found', true],
];

for (const lang of ['zh', 'en']) {
  for (const layout of ['pc', 'phone']) {
    describe(`every page, ${lang}, ${layout}`, () => {
      for (const [token, onPc, onPhone, expectNetworkErrors = false] of kPages) {
        it(token, async () => {
          server.reset();
          await visit(token, { layout, lang, expectNetworkErrors, reducedMotion: 'reduce' }, async (page) => {
            await shows(page, layout === 'pc' ? onPc : onPhone);
            assert.equal(await page.locator('html').getAttribute('lang'), lang === 'zh' ? 'zh-CN' : 'en');
            assert.equal(await page.locator('h1').count(), 1, 'one first heading');
            assert.doesNotMatch(await page.locator('body').innerText(), /\{\w+\}|undefined|NaN/);
            const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            assert.ok(overflow <= 0, `${overflow} pixels too wide`);
            await picture(page, `${token}-${lang}-${layout}`);
            assert.deepEqual(await seriousFindings(page), []);
          });
        });
      }

      it('the platform cannot be reached', async () => {
        server.put('down', samplePayment());
        server.cut('down', 'all');
        await visit('down', { layout, lang, expectNetworkErrors: true, reducedMotion: 'reduce' }, async (page) => {
          await shows(page, 'unreachable');
          await picture(page, `unreachable-${lang}-${layout}`);
          assert.deepEqual(await seriousFindings(page), []);
          server.cut('down', null);
          await page.getByTestId('retry').click();
          await shows(page, layout === 'pc' ? 'scan' : 'choose');
        });
      });
    });
  }
}

describe('paying', () => {
  it('on a PC the code is asked for at once, the page follows to paid, and goes back to the merchant', async () => {
    server.put('buy-pc', samplePayment({ return_url: `${server.origin}/shop/return?payment_id=1` }));
    await visit('buy-pc', {}, async (page) => {
      await shows(page, 'scan');
      assert.deepEqual(server.starts.filter(({ token }) => token === 'buy-pc'), [{ token: 'buy-pc', method: 'alipay', scene: 'qr' }]);
      assert.ok(await page.getByTestId('qr').evaluate((image) => image.complete && image.naturalWidth > 0), 'the code is drawn');
      server.put('buy-pc', { state: 'paid', paid_at: new Date().toISOString() });
      await shows(page, 'paid');
      assert.match(await page.getByTestId('announcement').innerText(), /支付成功/);
      assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1', 'the keyboard goes on from the result');
      await page.waitForURL('**/shop/return?payment_id=1', { timeout: 8000 });
    });
  });

  it('whoever comes back to the receipt stays there', async () => {
    server.put('read', samplePayment({ state: 'paid', paid_at: new Date().toISOString(), return_url: `${server.origin}/shop/return` }));
    await visit('read', {}, async (page) => {
      await shows(page, 'paid');
      await page.getByTestId('return').click();
      await page.waitForURL('**/shop/return');
      await page.goBack();
      await shows(page, 'paid');
      assert.equal(await page.getByTestId('stay').count(), 0, 'no second countdown');
    });
  });

  it('asking to stay stops the return', async () => {
    server.put('stay', samplePayment({ state: 'paid', paid_at: new Date().toISOString(), return_url: `${server.origin}/shop/return` }));
    await visit('stay', {}, async (page) => {
      await page.getByTestId('stay').click();
      await page.getByTestId('stay').waitFor({ state: 'detached' });
      await shows(page, 'paid');
    });
  });

  it('in the browser, by redirect', async () => {
    server.put('buy-page', samplePayment());
    await visit('buy-page', {}, async (page) => {
      await shows(page, 'scan');
      await page.getByTestId('pay-page').click();
      await page.waitForURL('**/wallet/buy-page');
      await page.getByTestId('wallet-pay').click();
      await shows(page, 'paid');
    });
  });

  it('on a phone nothing is started unasked; the button leads into the wallet', async () => {
    server.put('buy-wap', samplePayment());
    await visit('buy-wap', { layout: 'phone' }, async (page) => {
      await shows(page, 'choose');
      await picture(page, 'choose-zh-phone');
      assert.deepEqual(server.starts.filter(({ token }) => token === 'buy-wap'), []);
      await page.getByTestId('pay-wap').click();
      await page.waitForURL('**/wallet/buy-wap');
      await page.goBack();
      await shows(page, 'away');
      await page.getByTestId('continue').click();
      await page.getByTestId('wallet-pay').click();
      await shows(page, 'paid');
    });
  });

  it('while the channel is asked, the page says so; the code then appears', async () => {
    server.put('slow', samplePayment());
    server.onStart('slow', 'hold');
    await visit('slow', {}, async (page) => {
      await shows(page, 'preparing');
      await picture(page, 'preparing-zh-pc');
      assert.deepEqual(await seriousFindings(page), []);
      server.release('slow');
      await shows(page, 'scan');
    });
  });

  it('an unknown outcome offers no second way to pay, and resolves by itself', async () => {
    server.put('open-end', samplePayment());
    server.onStart('open-end', 'unknown');
    await visit('open-end', { lang: 'en' }, async (page) => {
      await shows(page, 'confirming');
      assert.match(await page.locator('main').innerText(), /do not pay twice/);
      assert.equal(await page.locator('main button, main a').count(), 0);
      server.put('open-end', { state: 'paid', paid_at: new Date().toISOString() });
      await shows(page, 'paid');
    });
  });

  it('after a failure with another method', async () => {
    server.put('retry', samplePayment({
      methods: [{ method: 'alipay', scenes: ['qr'] }, { method: 'wechatpay', scenes: ['qr'] }],
      attempt: qrAttempt({ state: 'failed', error: { code: 'payer.cancelled', message: '' } }),
    }));
    await visit('retry', {}, async (page) => {
      await shows(page, 'failed');
      assert.match(await page.locator('main').innerText(), /您取消了付款/);
      await page.getByLabel('微信支付').check();
      await page.getByTestId('pay-qr').click();
      await shows(page, 'scan');
      assert.deepEqual(server.starts.filter(({ token }) => token === 'retry'), [{ token: 'retry', method: 'wechatpay', scene: 'qr' }]);
    });
  });

  it('changing the method by keyboard asks once, for the one rested on', async () => {
    server.put('keys', samplePayment({
      methods: ['alipay', 'wechatpay', 'unionpay'].map((method) => ({ method, scenes: ['qr'] })),
    }));
    await visit('keys', {}, async (page) => {
      await shows(page, 'scan');
      await page.getByLabel('支付宝').focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      await page.getByAltText('云闪付付款二维码，金额 ¥296.00').waitFor();
      assert.deepEqual(server.starts.filter(({ token }) => token === 'keys').map(({ method }) => method), ['alipay', 'unionpay']);
    });
  });

  it('a refused start says that nothing was charged, and can be repeated', async () => {
    server.put('busy', samplePayment());
    server.onStart('busy', 'busy');
    await visit('busy', { expectNetworkErrors: true }, async (page) => {
      await page.getByTestId('start-refused').waitFor();
      await picture(page, 'busy-zh-pc');
      assert.deepEqual(await seriousFindings(page), []);
      server.onStart('busy', 'ok');
      await page.getByTestId('pay-qr').click();
      await shows(page, 'scan');
    });
  });
});

it('a start that is refused for good is not repeated by itself', async () => {
  server.put('refused', samplePayment());
  server.onStart('refused', 'refuse');
  await visit('refused', { expectNetworkErrors: true }, async (page) => {
    await page.getByTestId('start-refused').waitFor();
    server.put('refused', { subject: 'changed meanwhile' });
    await page.getByText('changed meanwhile').waitFor();
    assert.equal(server.starts.filter(({ token }) => token === 'refused').length, 1);
  });
});

it('a start whose answer is lost says so', async () => {
  server.put('dropped', samplePayment());
  server.onStart('dropped', 'drop');
  await visit('dropped', { lang: 'en', expectNetworkErrors: true }, async (page) => {
    await page.getByTestId('start-refused').waitFor();
    assert.match(await page.getByTestId('start-refused').innerText(), /connection broke/);
  });
});

describe('following', () => {
  it('by polling while the stream is broken', async () => {
    server.put('polled', samplePayment({ attempt: qrAttempt() }));
    server.cut('polled', 'stream');
    await visit('polled', { expectNetworkErrors: true }, async (page) => {
      await shows(page, 'scan');
      assert.equal(await page.getByTestId('link-lost').count(), 0);
      server.put('polled', { state: 'closed', close_reason: 'merchant' });
      await shows(page, 'closed');
    });
  });

  it('a broken line is said, the page stays, and heals', async () => {
    server.put('flaky', samplePayment({ attempt: qrAttempt() }));
    await visit('flaky', { expectNetworkErrors: true }, async (page) => {
      await shows(page, 'scan');
      server.cut('flaky', 'all');
      await page.getByTestId('link-lost').waitFor();
      await picture(page, 'link-lost-zh-pc');
      assert.deepEqual(await seriousFindings(page), []);
      server.cut('flaky', null);
      await page.getByTestId('link-lost').waitFor({ state: 'detached', timeout: 10_000 });
      await shows(page, 'scan');
    });
  });

  it('the countdown runs by the server, whatever the device believes', async () => {
    server.put('clock', samplePayment({ attempt: qrAttempt() }));
    const opened = await openPage(browser, { origins: [server.origin] });
    await opened.page.clock.install({ time: new Date('2031-01-01T00:00:00Z') });
    await opened.page.goto(`${server.origin}/cashier/clock`);
    assert.match(await opened.page.getByTestId('countdown').innerText(), /^1[45]:\d\d$/);
    await opened.close();
  });

  it('when the time is up the payer is told to pay no more', async () => {
    server.put('ends', samplePayment({ attempt: qrAttempt(), expires_at: new Date(Date.now() + 3000).toISOString() }));
    await visit('ends', {}, async (page) => {
      await shows(page, 'scan');
      await shows(page, 'time-up');
      server.put('ends', { state: 'closed', close_reason: 'expired' });
      await shows(page, 'expired');
    });
  });
});

describe('language', () => {
  it('is the browser’s if nothing is asked, and the choice is kept', async () => {
    await visit('expired', { lang: null, locale: 'en-US' }, async (page) => {
      await page.getByRole('heading', { name: 'This order has expired' }).waitFor();
      await page.getByTestId('language').click();
      await page.getByRole('heading', { name: '订单已过期' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: '订单已过期' }).waitFor();
    });
  });

  it('chosen on the page wins over the address', async () => {
    await visit('expired', { lang: 'zh' }, async (page) => {
      await page.getByTestId('language').click();
      await page.getByRole('heading', { name: 'This order has expired' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'This order has expired' }).waitFor();
    });
  });
});

it('an address to return to that is not a web address is not offered', async () => {
  server.put('evil', samplePayment({ state: 'paid', paid_at: new Date().toISOString(), return_url: 'javascript:alert(1)' }));
  await visit('evil', {}, async (page) => {
    await shows(page, 'paid');
    assert.equal(await page.getByTestId('return').count(), 0);
  });
});

it('a script in the drawing of a code does not run', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="parent.pwned=1"><script>parent.pwned=1</script></svg>';
  server.put('svg', samplePayment({ attempt: qrAttempt({ qr_svg: svg }) }));
  await visit('svg', {}, async (page) => {
    await page.getByTestId('qr').waitFor();
    assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
  });
});
