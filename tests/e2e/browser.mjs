// The browser under test: Debian's Chromium, a page per case that fails on any console error or violation of the policy.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const kAxe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kOut = fileURLToPath(new URL('./out/', import.meta.url));

export const kViewports = {
  pc: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

export function launch() {
  mkdirSync(kOut, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
}

/**
 * A page of its own context. `faults` gathers what must not happen: console errors, exceptions, policy violations, and requests
 * to another origin than those allowed. `expectNetworkErrors` leaves out the browser's own complaints about answers that
 * the case provokes (404, broken connections), nothing else.
 */
export async function openPage(browser, { layout = 'pc', locale = 'zh-CN', expectNetworkErrors = false, origins = null, ...context } = {}) {
  const opened = await browser.newContext({ ...kViewports[layout], locale, timezoneId: 'Asia/Shanghai', ...context });
  await opened.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  const page = await opened.newPage();
  const faults = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (expectNetworkErrors && message.text().startsWith('Failed to load resource')) return;
    faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origins !== null && protocol !== 'data:' && !origins.includes(origin)) faults.push(`foreign origin: ${request.url()}`);
  });
  return { page, faults, close: () => opened.close() };
}

/** What axe-core finds serious or critical, one line each. */
export async function seriousFindings(page) {
  await page.evaluate(kAxe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' | ')}`);
}

export async function picture(page, name) {
  await page.screenshot({ path: `${kOut}${name}.png`, fullPage: true });
}
