/**
 * The contract the platform serves: linted (Redocly), validated (swagger-parser), and held against real traffic twice: by Ajv on
 * recorded requests and answers, and by the Prism proxy, which refuses whatever breaks the contract in either direction.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as http from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import SwaggerParser from '@apidevtools/swagger-parser';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { eventually, freshNo, group, merchantKeys, needs, platformUrl, sandboxControl, sdkClient } from '../environment.mjs';

group('the OpenAPI document', needs('FEIQIAN_URL'), () => {
  let document;
  let source;

  before(async () => {
    const answer = await fetch(`${platformUrl()}/v1/openapi.json`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^application\/(json|vnd\.oai\.openapi\+json)/);
    source = await answer.text();
    document = JSON.parse(source);
  });

  test('is OpenAPI 3.1 and names every endpoint of the guide', () => {
    assert.match(document.openapi, /^3\.1\./);
    const served = Object.entries(document.paths).flatMap(([path, item]) => Object.keys(item).filter((key) => /^(get|post)$/.test(key)).map((method) => `${method} ${path.replace(/\{[^}]+\}/g, '{}')}`));
    assert.deepEqual(served.sort(), [
      'get /v1/openapi.json', 'get /v1/payments', 'get /v1/payments/{}', 'get /v1/payments/{}/refunds', 'get /v1/platform-keys',
      'get /v1/refunds', 'get /v1/refunds/{}', 'get /v1/webhook-deliveries', 'post /v1/payments', 'post /v1/payments/{}/close',
      'post /v1/payments/{}/refunds', 'post /v1/webhook-deliveries/{}/resend',
    ]);
  });

  test('Redocly finds no error', async (t) => {
    const config = await createConfig({ extends: ['recommended'] });
    const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config });
    for (const problem of problems.filter(({ severity }) => severity === 'warn')) t.diagnostic(`warning ${problem.ruleId}: ${problem.message}`);
    const errors = problems.filter(({ severity }) => severity === 'error');
    assert.deepEqual(errors.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer}`), []);
  });

  test('swagger-parser accepts it', async () => {
    await SwaggerParser.validate(structuredClone(document), { resolve: { external: false } });
  });

  group('under traffic', needs('FEIQIAN_MERCHANT_JSON', 'FEIQIAN_SANDBOX_URL', 'FEIQIAN_SANDBOX_DATA'), () => {
    test('Ajv: every recorded request and answer fits its schema', async (t) => {
      const recorder = await startRecorder(platformUrl());
      try {
        await traffic(recorder.url);
      } finally {
        await recorder.stop();
      }
      const check = validatorOf(document);
      const complaints = recorder.records.flatMap(check);
      assert.deepEqual(complaints, []);
      assert.ok(recorder.records.length > 20);
      t.diagnostic(`${recorder.records.length} exchanges checked`);
    });

    test('Prism: no violation', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'feiqian-prism-'));
      const prism = await startPrism(source, platformUrl(), directory);
      try {
        await traffic(prism.url);
      } catch (error) {
        throw new Error(`${error.message}\n${prism.output().slice(-4000)}`, { cause: error });
      } finally {
        await prism.stop();
        rmSync(directory, { recursive: true });
      }
    });
  });
});

/** What a merchant does in a day, refusals included; every call goes through `apiUrl`. */
async function traffic(apiUrl) {
  for (const [algorithm, key] of merchantKeys().slice(0, 2)) {
    const client = sdkClient(apiUrl, algorithm, key, { platformKeysUrl: `${platformUrl()}/v1/platform-keys` });
    const base = () => ({ merchant_order_no: freshNo('OA'), amount_minor: 12800, currency: 'CNY', subject: '龙井茶 & "茶具"' });
    const refused = async (promise, status) => {
      const error = await promise.then(() => undefined, (reason) => reason);
      assert.equal(error?.status, status, error?.message ?? 'was accepted');
      assert.ok(!error.code.startsWith('client.') && !error.code.startsWith('http.'), error.message);
    };
    try {
      const redirect = await client.payments.create({ ...base(), mode: 'redirect', return_url: 'https://shop.example.com/back', metadata: { a: 'b' }, goods: [{ name: '茶', quantity: 2, price_minor: 6400 }] });
      const qr = await client.payments.create({ ...base(), mode: 'qr', method: 'alipay', expires_in_s: 600 });
      const { auth_code: authCode } = await sandboxControl('POST', '/auth-codes', { payer: 'rich' });
      const paid = await client.payments.create({ ...base(), mode: 'barcode', method: 'alipay', auth_code: authCode });
      assert.equal(paid.state, 'paid');
      const { auth_code: poorCode } = await sandboxControl('POST', '/auth-codes', { payer: 'poor' });
      const failed = await client.payments.create({ ...base(), mode: 'barcode', method: 'alipay', auth_code: poorCode });
      await client.payments.get(redirect.id);
      await client.payments.get(failed.id);
      await client.payments.close(redirect.id);
      await client.payments.close(qr.id);
      await client.payments.list({ state: 'paid', limit: 2, method: 'alipay' });
      const page = await client.payments.list({ limit: 1 });
      if (page.next_cursor) await client.payments.list({ limit: 1, cursor: page.next_cursor });
      await client.payments.list({ created_from: '2026-01-01T00:00:00.000Z', created_to: '2036-01-01T00:00:00.000Z', merchant_order_no: paid.merchant_order_no });
      const refund = await client.refunds.create(paid.id, { merchant_refund_no: freshNo('R'), amount_minor: 3000, reason: '退货' });
      await eventually('the refund', async () => ((await client.refunds.get(refund.id)).state === 'succeeded' ? true : undefined));
      await client.refunds.list({ payment_id: paid.id, state: 'succeeded' });
      await client.refunds.listForPayment(paid.id);
      const events = await client.webhookDeliveries.list({ limit: 5 });
      if (events.data[0]) await client.webhookDeliveries.resend(events.data[0].id);
      await refused(client.payments.get('pay_0000000000000'), 404);
      await refused(client.refunds.get('ref_0000000000000'), 404);
      await refused(client.payments.close(paid.id), 409);
      await refused(client.payments.create({ ...base(), mode: 'redirect', merchant_order_no: paid.merchant_order_no }), 409);
      await refused(client.refunds.create(paid.id, { merchant_refund_no: freshNo('R'), amount_minor: 12800 }), 422);
    } finally {
      client.close();
    }
  }
}

/** Passes everything through as it is and writes it down. */
async function startRecorder(upstream) {
  const target = new URL(upstream);
  const records = [];
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const requestBody = Buffer.concat(chunks);
    const onward = http.request({ agent, host: target.hostname, port: target.port, method: request.method, path: request.url, headers: request.headers }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      const body = Buffer.concat(parts);
      records.push({ method: request.method.toLowerCase(), target: request.url, requestBody, status: answer.statusCode, type: answer.headers['content-type'], body });
      response.writeHead(answer.statusCode, answer.headers);
      response.end(body);
    });
    onward.on('error', () => response.destroy());
    onward.end(requestBody);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise((resolve) => {
      agent.destroy();
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}`, records, stop };
}

/** A function that lists what in a recorded exchange the contract does not allow. */
function validatorOf(document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: 'openapi', ...document });
  const compiled = new Map();
  const escape = (text) => encodeURIComponent(text.replace(/~/g, '~0').replace(/\//g, '~1'));
  const validator = (...path) => {
    const reference = `openapi#/${path.map(escape).join('/')}`;
    if (!compiled.has(reference)) compiled.set(reference, ajv.compile({ $ref: reference }));
    return compiled.get(reference);
  };
  const paths = Object.keys(document.paths).map((path) => [path, new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`)]);
  return (record) => {
    const pathname = record.target.split('?')[0];
    const path = paths.find(([, pattern]) => pattern.test(pathname))?.[0];
    const name = `${record.method} ${pathname} ${record.status}`;
    const operation = document.paths[path]?.[record.method];
    if (operation === undefined) return [`${name}: no such operation in the contract`];
    const complaints = [];
    const judge = (what, body, ...where) => {
      const validate = validator('paths', path, record.method, ...where);
      if (!validate(JSON.parse(body))) complaints.push(`${name} ${what}: ${ajv.errorsText(validate.errors)}`);
    };
    if (record.requestBody.length > 0) judge('request', record.requestBody, 'requestBody', 'content', 'application/json', 'schema');
    // A response may be a reference to a shared one, or stand under "default".
    const status = operation.responses[record.status] ? String(record.status) : operation.responses.default ? 'default' : undefined;
    if (status === undefined) return [...complaints, `${name}: the status is not in the contract`];
    const type = (record.type ?? '').split(';')[0];
    const response = operation.responses[status];
    if (response.$ref) {
      const pointer = response.$ref.slice(2).split('/').map((part) => decodeURIComponent(part).replace(/~1/g, '/').replace(/~0/g, '~'));
      const resolved = pointer.reduce((at, part) => at?.[part], document);
      if (!resolved?.content?.[type]) return [...complaints, `${name}: ${type} is not in the contract`];
      const validate = validator(...pointer, 'content', type, 'schema');
      if (!validate(JSON.parse(record.body))) complaints.push(`${name} answer: ${ajv.errorsText(validate.errors)}`);
      return complaints;
    }
    if (!response.content?.[type]) return [...complaints, `${name}: ${type} is not in the contract`];
    judge('answer', record.body, 'responses', status, 'content', type, 'schema');
    return complaints;
  };
}

/** The Prism proxy as its command line starts it, on a free port. */
async function startPrism(source, upstream, directory) {
  const file = join(directory, 'openapi.json');
  writeFileSync(file, source);
  const port = await new Promise((resolve) => {
    const probe = createTcpServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
  const prism = fileURLToPath(new URL('../node_modules/@stoplight/prism-cli/dist/index.js', import.meta.url));
  const child = spawn(process.execPath, [prism, 'proxy', file, upstream, '--errors', '-h', '127.0.0.1', '-p', String(port)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(timer);
  };
  try {
    await eventually('Prism listens', () => {
      if (child.exitCode !== null) throw new Error(`Prism ended: ${output}`);
      return output.includes('Prism is listening') ? true : undefined;
    }, 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, output: () => output, stop };
}
