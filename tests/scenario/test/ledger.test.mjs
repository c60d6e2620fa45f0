/** The ledger by itself: its API with keys of its own, and the commands, on the same books. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pemSigner } from '@feiqian/sdk';
import { eventually, freePort, startPlatform } from '../harness.mjs';
import { run } from '../processes.mjs';
import { rawRequest, signerOf } from '../raw.mjs';

let platform;
let ledger;
let signer;
let keys = 0;

before(async () => {
  const port = await freePort();
  platform = await startPlatform({ settings: { 'ledger.by_hand': true, 'ledger.listen': `127.0.0.1:${port}` } });
  ledger = { url: `http://127.0.0.1:${port}` };
  signer = await newClient('everything', '*');
});

after(async () => {
  await platform.checkBooks();
  assert.equal(await platform.stop(), 0);
});

async function newClient(name, codes, owner = '0') {
  const text = await platform.command(['ledger', 'client', 'add', '--name', name, '--codes', codes, '--owner', owner]);
  const id = /client (lcl_\w+)/.exec(text)[1];
  return pemSigner(id, 'ed25519', text.slice(text.indexOf('-----BEGIN')));
}

function get(target, by = signer) {
  return rawRequest(ledger, { method: 'GET', target: `/v1/ledger${target}`, signer: by });
}

function post(target, body, { key = `k${(keys += 1)}`, by = signer } = {}) {
  return rawRequest(ledger, { target: `/v1/ledger${target}`, body, signer: by, headers: key === null ? {} : { 'idempotency-key': key } });
}

async function must(answer, status = 200) {
  const { status: got, text, json } = await answer;
  assert.equal(got, status, text);
  return json;
}

async function refused(answer, status, code, field) {
  const { status: got, text, json } = await answer;
  assert.equal(got, status, text);
  assert.equal(json.code, code, text);
  if (field !== undefined) assert.equal(json.field, field, text);
}

async function open(code, owner = '0', currency = 'CNY') {
  return (await must(post('/accounts', { code, owner, currency }), 201)).id;
}

const transfer = (debit, credit, amount, more = {}) => ({
  lines: [
    { account: debit, side: 'debit', amount_minor: amount },
    { account: credit, side: 'credit', amount_minor: amount },
  ],
  ...more,
});

/** A bank account, and a customer with so much on it. */
async function opened(owner, amount = 0) {
  const bank = await open(1101);
  const customer = await open(2202, owner);
  if (amount > 0) assert.equal((await must(post('/vouchers', { vouchers: [transfer(bank, customer, amount)] }))).posted, 1);
  return { bank, customer };
}

test('8,190 vouchers in one request, once', async () => {
  const { bank, customer } = await opened('1001');
  const vouchers = Array.from({ length: 8190 }, (_, i) => transfer(bank, customer, i + 1, { subject: String(i), memo: `opening ${i}` }));
  const first = await must(post('/vouchers', { vouchers }, { key: 'bulk' }));
  assert.equal(first.posted, 8190);
  const again = await post('/vouchers', { vouchers }, { key: 'bulk' });
  assert.equal(again.headers['idempotency-replayed'], 'true');
  assert.deepEqual(again.json, first);
  const account = await must(get(`/accounts/${customer}`));
  assert.equal(account.balance_minor, (8190 * 8191) / 2);
  assert.equal(account.entries, 8190);
  await refused(post('/vouchers', { vouchers: vouchers.slice(1) }, { key: 'bulk' }), 409, 'idempotency.key_reused', 'Idempotency-Key');
  await refused(post('/vouchers', { vouchers: [...vouchers, vouchers[0]] }), 400, 'request.invalid_field', 'vouchers');
  const found = await must(get('/vouchers?memo=opening%208000'));
  assert.deepEqual(found.data.map((one) => one.id), [first.results[8000].voucher]);
  assert.deepEqual(await must(get(`/vouchers/${first.results[8000].voucher}`)), found.data[0]);
});

test('vouchers are refused one by one, linked ones together', async () => {
  const { bank, customer } = await opened('1002', 100);
  const other = await open(2202, '1003');
  const answer = await must(
    post('/vouchers', {
      vouchers: [
        transfer(customer, other, 60),
        transfer(customer, other, 60),
        transfer(bank, customer, 5, { linked: true }),
        transfer(customer, other, 1000),
        { lines: [{ account: bank, side: 'debit', amount_minor: 5 }, { account: other, side: 'credit', amount_minor: 4 }] },
      ],
    }),
  );
  assert.equal(answer.posted, 1);
  assert.deepEqual(
    answer.results.map((one) => one.error?.code ?? 'ok'),
    ['ok', 'balance.insufficient', 'voucher.linked_refused', 'balance.insufficient', 'voucher.unbalanced'],
  );
  assert.equal((await must(get(`/accounts/${customer}`))).balance_minor, 40);
});

test('holds: captured in parts, released, and expiring by themselves', async () => {
  const { customer } = await opened('1004', 1000);
  const shop = await open(2202, '1005');
  const hold = await must(post('/holds', { account: customer, amount_minor: 600, subject: '42' }), 201);
  assert.equal((await must(get(`/accounts/${customer}`))).available_minor, 400);
  assert.equal((await must(post(`/holds/${hold.id}/captures`, { to: shop, amount_minor: 250 }), 201)).held_minor, 350);
  await refused(post(`/holds/${hold.id}/captures`, { to: shop, amount_minor: 351 }), 422, 'hold.exceeded', 'amount_minor');
  assert.equal((await must(post(`/holds/${hold.id}/release`, {}))).state, 'released');
  const brief = await must(post('/holds', { account: customer, amount_minor: 10, expires_in_s: 1 }), 201);
  await eventually('the hold expires', async () => ((await must(get(`/holds/${brief.id}`))).state === 'expired' ? true : undefined));
  const account = await must(get(`/accounts/${customer}`));
  assert.deepEqual([account.balance_minor, account.held_minor, account.available_minor], [750, 0, 750]);
});

test('freezing, limits, closing', async () => {
  const { bank, customer } = await opened('1006', 100);
  assert.equal((await must(post(`/accounts/${customer}/freeze`, {}))).state, 'frozen');
  const out = { vouchers: [transfer(customer, bank, 1)] };
  assert.equal((await must(post('/vouchers', out))).results[0].error.code, 'account.frozen');
  assert.equal((await must(post(`/accounts/${customer}/unfreeze`, {}))).state, 'open');
  assert.equal((await must(post(`/accounts/${customer}/freeze`, { amount_minor: 30 }))).frozen_minor, 30);
  assert.equal((await must(get(`/accounts/${customer}`))).available_minor, 70);
  assert.equal((await must(post(`/accounts/${customer}/limit`, { most_minor: 120 }))).most_minor, 120);
  assert.equal((await must(post('/vouchers', { vouchers: [transfer(bank, customer, 21)] }))).results[0].error.code, 'balance.limit');
  await refused(post(`/accounts/${customer}/close`, {}), 422, 'account.not_empty', 'account');
  await refused(post(`/accounts/${bank}/freeze`, {}), 422, 'account.not_customer', 'account');
});

test('past balances and entries in pages', async () => {
  const { bank, customer } = await opened('1007', 100);
  const moment = (await must(get(`/accounts/${customer}/entries`))).data[0].posted_at;
  await eventually('a later millisecond', async () => (Date.now() > Date.parse(moment) + 2 ? true : undefined));
  for (let i = 0; i < 5; i += 1) await must(post('/vouchers', { vouchers: [transfer(bank, customer, 10)] }));
  const after = new Date(Date.parse(moment) + 1).toISOString();
  assert.equal((await must(get(`/accounts/${customer}/balance?at=${after}`))).balance_minor, 100);
  assert.equal((await must(get(`/accounts/${customer}/balance`))).balance_minor, 150);
  assert.equal((await must(get(`/accounts/${customer}/balance?date=2020-01-01`))).balance_minor, 0);
  const numbers = [];
  for (let cursor = ''; cursor !== null; ) {
    const page = await must(get(`/accounts/${customer}/entries?limit=4${cursor && `&cursor=${cursor}`}`));
    numbers.push(...page.data.map((one) => one.number));
    cursor = page.next_cursor;
  }
  assert.deepEqual(numbers, [6, 5, 4, 3, 2, 1]);
  const trial = await must(get('/trial-balance'));
  assert.ok(trial.balanced && trial.mirrored);
  assert.deepEqual((await must(get('/trial-balance?date=2020-01-01'))).accounts, []);
  assert.equal((await must(get('/sub-ledgers'))).agree, true);
});

test('an exchange of currencies leaves a position', async () => {
  const [yuan, dollars, yuanPosition, dollarPosition] = [await open(1103), await open(1103, '0', 'USD'), await open(3301), await open(3301, '0', 'USD')];
  const line = (account, side, amount_minor) => ({ account, side, amount_minor });
  const bought = { lines: [line(yuanPosition, 'debit', 723000), line(yuan, 'credit', 723000), line(dollars, 'debit', 100000), line(dollarPosition, 'credit', 100000)] };
  assert.equal((await must(post('/vouchers', { vouchers: [bought] }))).posted, 1);
  const positions = Object.fromEntries((await must(get('/fx-positions'))).data.map((one) => [one.currency, one.position_minor]));
  assert.deepEqual(positions, { CNY: -723000, USD: 100000 });
});

test('who is not a ledger client is nobody here', async () => {
  const merchant = signerOf(platform.merchant);
  await refused(get('/trial-balance', merchant), 401, 'auth.key_unknown');
  await refused(post('/accounts', { code: 2202, currency: 'CNY' }, { by: merchant }), 401, 'auth.key_unknown');
  await refused(rawRequest(ledger, { method: 'GET', target: '/v1/ledger/trial-balance', sign: false }), 401, 'auth.signature_missing');
  // The merchant listener has no ledger, and a ledger client is no merchant.
  await refused(rawRequest(platform, { method: 'GET', target: '/v1/ledger/trial-balance', signer: merchant }), 404, 'request.no_such_path');
  await refused(rawRequest(platform, { method: 'GET', target: '/v1/payments', signer }), 401, 'auth.key_unknown');
  await refused(post('/accounts', { code: 2202, currency: 'CNY' }, { key: null }), 400, 'request.missing_field', 'Idempotency-Key');
});

test('a client touches only what it was given, until it is revoked', async () => {
  const { bank, customer } = await opened('1008', 100);
  const own = await newClient('own accounts', '2202', '1008');
  assert.equal((await must(get(`/accounts/${customer}`, own))).balance_minor, 100);
  await refused(get(`/accounts/${bank}`, own), 403, 'ledger.forbidden', 'id');
  await refused(get('/trial-balance', own), 403, 'ledger.forbidden');
  await refused(get('/vouchers', own), 403, 'ledger.forbidden');
  await refused(post('/vouchers', { vouchers: [transfer(customer, bank, 1)] }, { by: own }), 403, 'ledger.forbidden', 'vouchers.lines.account');
  await refused(post('/accounts', { code: 2202, owner: '1009', currency: 'CNY' }, { by: own }), 403, 'ledger.forbidden', 'code');
  assert.equal((await must(post('/holds', { account: customer, amount_minor: 5 }, { by: own }), 201)).state, 'open');
  await platform.command(['ledger', 'client', 'revoke', own.keyId]);
  await refused(post('/holds', { account: customer, amount_minor: 5 }, { by: own }), 401, 'auth.key_revoked');
});

test('bad bodies name the field', async () => {
  const { bank, customer } = await opened('1010');
  const cases = [
    [{}, 'vouchers'],
    [{ vouchers: [] }, 'vouchers'],
    [{ vouchers: [{ ...transfer(bank, customer, 1), colour: 'red' }] }, undefined],
    [{ vouchers: [transfer(bank, 'acc_nonsense', 1)] }, undefined],
    [{ vouchers: [transfer(bank, customer, 1e15 + 1)] }, undefined],
    [{ vouchers: [transfer(bank, customer, 1, { linked: 'yes' })] }, undefined],
    [{ vouchers: [transfer(bank, customer, 1, { subject: '12a' })] }, undefined],
  ];
  for (const [body, field] of cases) {
    const answer = await post('/vouchers', body);
    assert.equal(answer.status, 400, answer.text);
    assert.ok(answer.json.field, answer.text);
    if (field) assert.equal(answer.json.field, field);
  }
});

test('the commands: a file posted once, search, export, and nothing by hand unless it is allowed', async () => {
  const { bank, customer } = await opened('1011');
  const file = join(platform.directory, 'vouchers.jsonl');
  const lines = Array.from({ length: 9000 }, (_, i) => JSON.stringify(transfer(bank, customer, 2, { memo: `file ${i}`, linked: i === 8189 })));
  writeFileSync(file, `${lines.join('\n')}\n${JSON.stringify(transfer(customer, bank, 1e9))}\n`);
  const first = await run('feiqian', ['ledger', 'post', file, '--key', 'migration', '--data', platform.data]);
  assert.equal(first.code, 1, first.stderr);
  assert.match(first.stdout, /voucher 9001: .*balance.insufficient/);
  assert.match(first.stdout, /posted 9000, refused 1/);
  const again = await run('feiqian', ['ledger', 'post', file, '--key', 'migration', '--data', platform.data]);
  assert.equal(again.stdout, first.stdout);
  const account = JSON.parse(await platform.command(['ledger', 'account', customer]));
  assert.equal(account.balance_minor, 18000);
  const found = await platform.command(['ledger', 'vouchers', '--memo', 'file 8999']);
  assert.equal(JSON.parse(found).memo, 'file 8999');
  assert.equal((await platform.command(['ledger', 'entries', customer, '--limit', '3'])).trim().split('\n').length, 3);
  const exported = await platform.command(['ledger', 'export', '--format', 'csv']);
  assert.match(exported, /^voucher,line,posted_at/);
  assert.equal(exported.split('\r\n').filter((line) => line.includes(customer)).length, 9000);
  const books = join(platform.directory, 'books.db');
  assert.match(await platform.command(['ledger', 'sql-file', books]), /^[1-9]\d* vouchers added/);
  assert.match(await platform.command(['ledger', 'sql-file', books]), /^0 vouchers added/);
  const hold = JSON.parse(await platform.command(['ledger', 'hold', customer, '100', '--subject', '7']));
  assert.equal(hold.held_minor, 100);
  assert.equal(JSON.parse(await platform.command(['ledger', 'release', hold.id])).state, 'released');
  assert.equal(JSON.parse(await platform.command(['ledger', 'freeze', customer])).state, 'frozen');
  assert.equal(JSON.parse(await platform.command(['ledger', 'unfreeze', customer])).state, 'open');
  const sums = (await platform.command(['ledger', 'sub-ledgers'])).trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(sums.every((one) => one.agrees));

  const plain = await startPlatform();
  try {
    const closed = await run('feiqian', ['ledger', 'open', '2202', '--owner', '7', '--data', plain.data]);
    assert.equal(closed.code, 1);
    assert.match(closed.stdout + closed.stderr, /ledger.not_by_hand/);
  } finally {
    await plain.stop();
  }
});
