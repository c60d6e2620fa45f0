/**
 * Back-pressure: while the database holds everything up, a hundred times what the queue takes is refused at once with a
 * stable code and Retry-After, what was taken is done when the database goes on, and the metrics show all of it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, freePort, newOrder, paidPayment, startPlatform } from '../harness.mjs';
import { kPostgres, lockTable } from '../postgres.mjs';
import { rawRequest, signerOf } from '../raw.mjs';

const kQueue = 20;
let platform;
let ops;

before(async () => {
  ops = `127.0.0.1:${await freePort()}`;
  platform = await startPlatform({ settings: { 'engine.queue_limit': kQueue, 'engine.slow_ms': 200, 'api.burst': 100_000, 'ops.listen': ops } });
});
after(() => platform?.stop());

/** Every sample: name{labels} → value. */
async function metrics() {
  const token = readFileSync(join(platform.data, 'ops.token'), 'utf8').trim();
  const answer = await fetch(`http://${ops}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const samples = (await answer.text()).split('\n').filter((line) => line && !line.startsWith('#'));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

test('the metrics that operators watch are there', async () => {
  await paidPayment(platform);
  const found = await metrics();
  const names = ['engine_commands_total{worker="0"}', 'engine_batch_commands_count{worker="0"}', 'engine_queue_commands', 'engine_queue_limit_commands'];
  for (const phase of ['load', 'decide', 'seal', 'flush']) names.push(`engine_phase_seconds_count{phase="${phase}",worker="0"}`);
  for (const kind of ['payment.expire', 'webhook.deliver']) {
    for (const what of ['tasks', 'tasks_running', 'task_oldest_due_seconds']) names.push(`${what}{kind="${kind}"}`);
  }
  if (kPostgres) names.push('engine_epoch{chain="0"}', 'engine_lease_until_timestamp_seconds{chain="0"}');
  else names.push('store_commit_seconds_count');
  for (const name of names) assert.ok(found.has(`feiqian_${name}`), `${name} in\n${[...found.keys()].join('\n')}`);
  assert.equal(found.get('feiqian_engine_queue_limit_commands'), kQueue);
  assert.ok(found.get('feiqian_engine_phase_seconds_count{phase="flush",worker="0"}') > 0);
});

test('a burst of a hundred times the queue', { skip: kPostgres ? false : 'needs FEIQIAN_TEST_POSTGRES', timeout: 120_000 }, async (t) => {
  const signer = signerOf(platform.merchant, 'hmac-sha256');
  const pay = () => {
    const order = newOrder({ mode: 'redirect' });
    return rawRequest(platform, { target: '/v1/payments', body: order, signer }).then((answer) => ({ ...answer, order, at: Date.now() }));
  };
  const unlock = await lockTable(platform.storeUrl, 'payment');
  const begun = Date.now();
  const answers = [];
  for (let i = 0; i < 100 * kQueue; i += 200) {
    const some = Array.from({ length: 200 }, pay);
    answers.push(...some);
    // Those that are taken are answered later: go on when the others have their answer.
    await eventually('refusals', async () => ((await metrics()).get('feiqian_engine_overloaded_total') >= answers.length - 2 * kQueue ? true : undefined));
  }
  const during = await metrics();
  assert.equal(during.get('feiqian_engine_queue_commands'), kQueue);
  const released = Date.now();
  await unlock();
  const all = await Promise.all(answers);
  const refused = all.filter(({ status }) => status === 503);
  const done = all.filter(({ status }) => status === 201);
  assert.equal(refused.length + done.length, all.length, JSON.stringify(all.find(({ status }) => status !== 503 && status !== 201)?.json));
  assert.ok(done.length >= kQueue, `${done.length} of those that fit were done`);
  assert.ok(refused.length >= all.length - 2 * kQueue);
  for (const one of refused) {
    assert.equal(one.json.code, 'engine.overloaded');
    assert.equal(one.headers['retry-after'], '1');
    assert.ok(one.at < released, 'refused while nothing could be decided');
  }
  const client = platform.merchant.client();
  for (const { order } of refused.slice(0, 20)) {
    assert.equal((await client.payments.list({ merchant_order_no: order.merchant_order_no })).data.length, 0, 'nothing happened');
  }
  for (const { order } of done) assert.equal((await client.payments.list({ merchant_order_no: order.merchant_order_no })).data.length, 1);
  const log = readFileSync(join(platform.directory, 'feiqian.log'), 'utf8');
  assert.match(log, /"event":"engine\.batch_slow"/, 'the batch that waited is in the log');
  assert.ok(!log.includes(done[0].order.merchant_order_no), 'without its data');
  await platform.checkBooks();
  t.diagnostic(`${all.length} requests on a queue of ${kQueue}: ${refused.length} refused within ${released - begun} ms, ${done.length} done`);
});
