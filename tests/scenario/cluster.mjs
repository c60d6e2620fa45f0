/**
 * A cluster for a test: several nodes on one PostgreSQL database, with one sandbox.
 *
 *     const cluster = await startCluster(3);
 *     const client = cluster.client(1);         // the merchant's client, through node 1
 *     await cluster.nodes[1].end('SIGKILL');
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPlatform, withSetting } from './harness.mjs';
import { freePort, Server } from './processes.mjs';

export async function startCluster(count, options = {}) {
  const platform = await startPlatform(options);
  const cluster = new Cluster(platform);
  try {
    while (cluster.nodes.length < count) await cluster.addNode();
  } catch (error) {
    await cluster.stop({ failed: true });
    throw error;
  }
  return cluster;
}

class Node {
  constructor(name, url, server) {
    this.name = name;
    this.url = url;
    this.server = server;
  }

  start() {
    return this.server.start(`${this.url}/readyz`);
  }

  end(signal) {
    return this.server.end(signal);
  }
}

class Cluster {
  constructor(platform) {
    this.platform = platform;
    this.nodes = [new Node('node 0', platform.url, platform.server)];
    this.nodes[0].data = platform.data;
  }

  /** Another node: the keys and the configuration of the first one, its own directory and port. `program`: another version. */
  async addNode(program = 'feiqian') {
    const index = this.nodes.length;
    const data = join(this.platform.directory, `data${index}`);
    mkdirSync(data, { mode: 0o700 });
    const shared = readdirSync(this.platform.data).filter((name) => name === 'keys' || name.endsWith('.pem'));
    for (const name of shared) cpSync(join(this.platform.data, name), join(data, name), { recursive: true });
    const port = await freePort();
    let text = readFileSync(join(this.platform.data, 'feiqian.toml'), 'utf8');
    text = withSetting(text, 'server.listen', `127.0.0.1:${port}`);
    writeFileSync(join(data, 'feiqian.toml'), text);
    const server = new Server(program, ['serve', '--data', data], join(this.platform.directory, `feiqian${index}.log`));
    const node = new Node(`node ${index}`, `http://127.0.0.1:${port}`, server);
    node.data = data;
    await node.start();
    this.nodes.push(node);
    return node;
  }

  client(index, merchant = this.platform.merchant) {
    return merchant.client('ed25519', { apiUrl: this.nodes[index].url });
  }

  async stop(options) {
    for (const node of this.nodes.slice(1)) await node.end('SIGTERM');
    return this.platform.stop(options);
  }
}
