#!/usr/bin/env node
// Checks the proof of one voucher, as `feiqian proof` writes it. Needs Node 18 or later and nothing of Feiqian; the
// document and every step are described in docs/proofs.md.
//
//   node check_proof.mjs PROOF.json [KEY]     KEY: a file with the platform's public key, as `feiqian heads key` prints it
//
// Exit 0: proven, and signed by KEY. Exit 1: not proven. Without KEY the key in the document is taken at its word: then
// compare the key that is printed with the platform's.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";

const kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const kEpochMs = 1735689600000n; // 2025-01-01T00:00:00Z

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const leaf = (...parts) => sha256(Buffer.from([0]), ...parts);
const node = (left, right) => sha256(Buffer.from([1]), left, right);
function must(condition, what) {
  if (!condition) throw new Error(what);
}
function hex(text, bytes) {
  must(typeof text === "string" && /^([0-9a-f]{2})*$/.test(text), "hexadecimal text expected");
  must(bytes === undefined || text.length === 2 * bytes, `${bytes} bytes expected`);
  return Buffer.from(text, "hex");
}
function int64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
function idText(prefix, value) {
  let text = "";
  for (let digit = 12n; digit >= 0n; --digit) text += kAlphabet[Number((value >> (5n * digit)) & 31n)];
  return `${prefix}_${text}`;
}
function idValue(prefix, text) {
  must(typeof text === "string" && text.startsWith(`${prefix}_`), `an id that begins with ${prefix}_ expected`);
  const value = [...text.slice(prefix.length + 1)].reduce((so_far, c) => so_far * 32n + BigInt(kAlphabet.indexOf(c)), 0n);
  must(idText(prefix, value) === text, `${text} is not an id`);
  return value;
}

// RFC 9162 §2.1.3.2: the root that a leaf's hash and its path give.
function rootOfPath(hash, index, size, path) {
  must(index >= 0n && index < size, "the place is outside of the tree");
  let at = index;
  let last = size - 1n;
  for (const sibling of path) {
    must(last !== 0n, "the path is too long");
    if (at & 1n || at === last) {
      hash = node(sibling, hash);
      while (!(at & 1n) && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      hash = node(hash, sibling);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  must(last === 0n, "the path is too short");
  return hash;
}

// The bytes of a voucher, word for word as src/ledger/block.h gives them.
function decodeVoucher(bytes) {
  let at = 0;
  const take = (count) => {
    must(at + count <= bytes.length, "the voucher's bytes end too early");
    at += count;
    return bytes.subarray(at - count, at);
  };
  const int = () => take(8).readBigInt64BE();
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = take(1)[0];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n);
    }
  };
  const event = take(take(1)[0]).toString();
  const flags = take(1)[0];
  const subject = int();
  const rule = flags & 1 ? int() : 0n;
  const reverses = flags & 2 ? idText("vou", int()) : null;
  const memo = flags & 4 ? take(take(2).readUInt16BE()).toString() : "";
  const lines = [];
  for (let left = take(2).readUInt16BE(); left > 0; --left) {
    const account = idText("acc", int());
    const kind = take(1)[0];
    const line = { account, side: kind & 1 ? "credit" : "debit", amount_minor: `${int()}` };
    if (kind & 2) [line.balance_minor, line.entry] = [`${int()}`, `${varint()}`];
    lines.push(line);
  }
  must(at === bytes.length, "the voucher's bytes are too long");
  return { event, subject: `${subject}`, rule: `${rule}`, reverses, memo, lines };
}

// A verifier key of signed notes: name+hash+base64 of 0x01 and the key.
function parseKey(text) {
  const [, name, hash, base64] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim()) ?? [];
  must(name, "not a public key");
  const typed = Buffer.from(base64, "base64");
  must(typed.length === 33 && typed[0] === 1 && typed.toString("base64") === base64, "not an Ed25519 key");
  const raw = typed.subarray(1);
  must(sha256(`${name}\n`, typed).subarray(0, 4).toString("hex") === hash, "the key's hash is wrong");
  must(name === `feiqian-${sha256(raw).toString("hex").slice(0, 16)}`, "the key's name is of another key");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
  return { name, hash, key, text: text.trim() };
}

// The text of a signed note and what it says; the signature is checked.
function openHead(note, key) {
  const [, text, line] = /^([^]*?\n)\n([^\n]*)\n$/.exec(note) ?? [];
  must(text, "the head is not a signed note");
  const [, name, base64] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
  const bytes = Buffer.from(base64 ?? "", "base64");
  must(name === key.name && bytes.length === 68 && bytes.toString("base64") === base64, "the head is signed by another key");
  must(bytes.subarray(0, 4).toString("hex") === key.hash, "the head is signed by another key");
  must(verify(null, Buffer.from(text), key.key, bytes.subarray(4)), "the head's signature is wrong");
  const [, origin, chain, size, root, at] =
    /^(\S+)\/chain\/(\d+)\n(\d+)\n(\S+)\nsigned (\S+)\n$/.exec(text) ?? [];
  must(origin === key.name, "the head's origin is another one");
  return { chain: Number(chain), size: BigInt(size), root: Buffer.from(root, "base64"), at };
}

function dayInChina(us) {
  return new Date(Number(BigInt(us) / 1000n) + 8 * 3600 * 1000).toISOString().slice(0, 10);
}

export function check(proof, trusted) {
  must(proof.format === "feiqian voucher proof 1", "not a proof of this form");
  const key = parseKey(proof.key);
  must(trusted === undefined || parseKey(trusted).text === key.text, "the proof is signed by another key than the given one");
  const head = openHead(proof.head, key);
  const { voucher, block, batch } = proof;
  const bytes = hex(voucher.bytes);
  const id = idValue("vou", voucher.id);
  must((id >> 13n) % 1024n === BigInt(batch.chain) && batch.chain === head.chain, "the voucher is of another chain");
  must(id >> 23n >= BigInt(batch.committed_at_us) / 1000n - kEpochMs, "the voucher is older than its batch");
  const index = BigInt(block.index);
  const blockRoot = rootOfPath(leaf(int64(id), bytes), index, BigInt(batch.vouchers), block.path.map((h) => hex(h, 32)));
  const previous = hex(batch.previous_hash);
  must(previous.length === (batch.number === "1" ? 0 : 32), "the hash before the batch");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(previous.length);
  const record = [batch.chain, batch.number, batch.committed_at_us, batch.commands, batch.vouchers].map(int64);
  const batchHash = sha256(length, previous, ...record, sha256(blockRoot), hex(batch.evidence_sha256, 32));
  const number = BigInt(batch.number);
  const root = rootOfPath(leaf(batchHash), number - 1n, head.size, batch.path.map((h) => hex(h, 32)));
  must(root.equals(head.root), "the voucher does not lead to the signed root");
  const posted_at = new Date(Number(BigInt(batch.committed_at_us) / 1000n)).toISOString();
  const said = { id: voucher.id, accounting_date: dayInChina(batch.committed_at_us), posted_at, bytes: voucher.bytes };
  must(isDeepStrictEqual({ ...decodeVoucher(bytes), ...said }, voucher), "the voucher's fields are not what its bytes say");
  return { id: voucher.id, batch: batch.number, chain: head.chain, at: head.at, key: key.text };
}

if (import.meta.url === pathToFileURL(realpathSync(process.argv[1] ?? ".")).href) {
  const [, , proofFile, keyFile] = process.argv;
  try {
    must(proofFile, "usage: check_proof.mjs PROOF.json [KEY]");
    const trusted = keyFile && readFileSync(keyFile, "utf8");
    const proven = check(JSON.parse(readFileSync(proofFile, "utf8")), trusted);
    console.log(`proven: ${proven.id} is in batch ${proven.batch} of chain ${proven.chain}, signed ${proven.at}`);
    console.log(`${trusted ? "by the given key" : "by a key that you must compare yourself:"} ${proven.key}`);
  } catch (error) {
    console.error(`not proven: ${error.message}`);
    process.exitCode = 1;
  }
}
