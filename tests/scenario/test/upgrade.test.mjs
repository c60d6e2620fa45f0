/**
 * A cluster goes from one version to the next without losing a request: nodes of both work side by side, the tables are
 * expanded by the first new node, every node is replaced under load, and only then contracted. The next version is the
 * same program that knows two migrations and two columns more (tests/next_version).
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startCluster } from '../cluster.mjs';
import { eventually, pause, paidPayment } from '../harness.mjs';
import { Acknowledged, checkAcknowledged, checkAgainstProvider, settleUnanswered, underLoad } from '../load.mjs';
import { kPostgres, psql } from '../postgres.mjs';
import { run } from '../processes.mjs';
import { Balancer } from '../balancer.mjs';

const options = { skip: kPostgres ? false : 'needs FEIQIAN_TEST_POSTGRES', timeout: 240_000 };
let cluster;
let balancer;

before(async () => {
  if (!kPostgres) return;
  cluster = await startCluster(2);
  balancer = new Balancer(cluster.nodes.map(({ url }) => url));
  await balancer.start();
});
after(async () => {
  balancer?.stop();
  await cluster?.stop();
});

test('two versions side by side, every node replaced under load: no request is lost', options, async (t) => {
  const { platform, nodes } = cluster;
  const books = new Acknowledged();
  // As a merchant has it: repeats by the SDK, through the load balancer.
  const clients = Array.from({ length: 8 }, () => platform.merchant.client('hmac-sha256', { apiUrl: balancer.url, timeoutMs: 20_000 }));
  const next = (...args) => run('feiqian-next', [...args, '--data', platform.data]);
  const attempts = (where) => psql(platform.storeUrl, `SELECT count(*) FROM attempt WHERE ${where}`).then(Number);
  const counts = {};
  await underLoad(platform, clients, books, async () => {
    await pause(1500);
    counts.before = books.orders.size;
    const first = await cluster.addNode('feiqian-next');
    balancer.add(first.url);
    await eventually('both versions write', async () => ((await attempts('note = 7')) > 20 && (await attempts('note = 0')) > 20 ? true : undefined));
    counts.mixed = books.orders.size;
    // An old node can still be started again: it goes on with the newer tables.
    balancer.remove(nodes[1].url);
    await nodes[1].end('SIGTERM');
    await nodes[1].start();
    balancer.add(nodes[1].url);

    const state = (await next('migrate')).stdout;
    assert.match(state, /expand +applied +notes\n.*contract +missing/, state);
    const early = await next('migrate', '--contract');
    assert.equal(early.code, 1, early.stdout);
    assert.match(early.stderr, /store\.older_nodes.*knows schema/s);

    for (const node of nodes.slice(0, 2)) {
      balancer.remove(node.url);
      assert.equal(await node.end('SIGTERM'), 0);
      node.server.name = 'feiqian-next';
      await node.start();
      balancer.add(node.url);
    }
    const contracted = await next('migrate', '--contract');
    assert.equal(contracted.code, 0, contracted.stderr);
    assert.match(contracted.stdout, /^contracted: schema \d+$/m);
    counts.contracted = books.orders.size;
    await pause(1500);
  });
  assert.equal(books.unanswered.size, 0, 'every request was answered, if not at once then by its repeat');
  assert.ok(books.orders.size > counts.contracted && counts.contracted > counts.mixed && counts.mixed > counts.before, JSON.stringify(counts));
  const client = clients[0];
  await settleUnanswered(client, books);
  await checkAcknowledged(client, books);
  await checkAgainstProvider(platform, client, books);
  await paidPayment(platform);
  for (const program of ['feiqian-next', 'feiqian']) {
    const verified = await run(program, ['verify', '--data', platform.data]);
    assert.match(verified.stdout, /^verify: ok/m, `${program}: ${verified.stdout}`);
  }
  t.diagnostic(`${books.orders.size} payments and ${books.refunds.size} refunds acknowledged, ${counts.before} before, ${counts.contracted - counts.before} while nodes of both versions worked`);
});

test('a node of the version before is refused once the tables are contracted', options, async () => {
  await cluster.nodes[1].end('SIGTERM');
  const refused = await run('feiqian', ['serve', '--data', cluster.nodes[1].data]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /store\.version.*for programs that know \d+ or later; this one knows \d+/s);
});
