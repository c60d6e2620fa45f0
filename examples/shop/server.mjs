#!/usr/bin/env node
/** The shop's entry: `node server.mjs --config FILE`. The configuration is described in README.md. */
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import { dirname, resolve } from 'node:path';
import { Feiqian } from '@feiqian/sdk';
import { Books } from './books.mjs';
import { makeShop } from './shop.mjs';

const at = process.argv.indexOf('--config');
const path = at > 0 ? process.argv[at + 1] : undefined;
if (path === undefined) fail('usage: node server.mjs --config FILE');

const config = readConfig(path);
const feiqian = new Feiqian({
  apiUrl: config.api_url,
  keyId: config.key_id,
  algorithm: config.algorithm,
  ...(config.algorithm === 'hmac-sha256' ? { hmacSecret: config.secret_base64 } : { privateKeyPem: config.private_key_pem }),
  webhookSecret: config.webhook_secret,
  ...(config.platform_keys_url ? { platformKeysUrl: config.platform_keys_url } : {}),
});
const books = new Books(config.data_dir ?? resolve(dirname(path), 'shop-data'));
const publicUrl = config.public_url.replace(/\/+$/, '');
const server = http.createServer(makeShop({ feiqian, books, publicUrl, log: (line) => console.error(line) }));
const [host, port] = splitAddress(config.listen);

server.on('error', (error) => fail(`cannot listen on ${config.listen}: ${error.code ?? error.message}`));
server.listen(port, host, () => console.log(`shop: listening on http://${host}:${server.address().port} (${publicUrl})`));
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);

function stop() {
  server.close(() => feiqian.close());
  server.closeIdleConnections();
  // A browser that keeps its connection busy must not keep the shop alive.
  setTimeout(() => server.closeAllConnections(), 2000).unref();
}

function readConfig(file) {
  let read;
  try {
    read = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    fail(`${file}: ${error.message}`);
  }
  const needed = ['listen', 'public_url', 'api_url', 'key_id', 'algorithm', 'webhook_secret'];
  needed.push(read.algorithm === 'hmac-sha256' ? 'secret_base64' : 'private_key_pem');
  for (const key of needed) if (typeof read[key] !== 'string' || read[key] === '') fail(`${file}: "${key}" is missing`);
  return read;
}

function splitAddress(listen) {
  const match = /^(.+):([0-9]{1,5})$/.exec(listen);
  if (!match) fail(`"listen" must be HOST:PORT, not ${listen}`);
  return [match[1].replace(/^\[|\]$/g, ''), Number(match[2])];
}

function fail(message) {
  console.error(`shop: ${message}`);
  process.exit(2);
}
