// The table file of a vocabulary; src/bpe/bpe_table.h describes it, and what is named here as
// there must stay the same.
import { xxhash3 } from 'hash-wasm';
import { perfectHash } from './perfect_hash.mjs';

const MAGIC = 'FLBPE\r\n\x1a';
const VERSION = 1;
const HEADER_BYTES = 128;
const CHECKED_FROM = 24; // magic, version and the checksum itself are before it
const ALIGNMENT = 64;
const SHORT_BYTES = 16; // the longest token that is compared as two integers
const HEAD_LENGTH = SHORT_BYTES + 1; // "length" of an entry that leads to longer tokens
const MAX_TOKEN_BYTES = 255;
const MAX_TOKENS = 2 ** 20 - 1;
const SLOTS_PER_KEY = 1.15;
const KEYS_PER_PILOT = 4;

// The two tokens that are merged last when a token's own bytes are encoded; itself for one byte.
// In no other way does a merge ever give that token, so this is all that encoding has to know.
function lastMerge(tokens, idOf, id) {
  const parts = [...tokens[id]];
  if (parts.length === 1) return [id, id];
  while (parts.length > 2) {
    let best = Infinity;
    let at = -1;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = idOf.get(parts[i] + parts[i + 1]) ?? Infinity;
      if (rank < best) [best, at] = [rank, i];
    }
    if (at < 0) throw new Error(`token ${id} cannot be reached by merges`);
    parts.splice(at, 2, parts[at] + parts[at + 1]);
  }
  const [left, right] = parts.map((part) => idOf.get(part));
  if (!(left < id && right < id)) throw new Error(`token ${id} comes before its parts`);
  return [left, right];
}

function bytesAsInteger(token, from) {
  let value = 0n;
  for (let i = Math.min(token.length, from + 8) - 1; i >= from; i--)
    value = (value << 8n) | BigInt(token.charCodeAt(i));
  return value;
}

const shortEntry = (bytes, length, id) =>
  ({ low: bytesAsInteger(bytes, 0), high: bytesAsInteger(bytes, 8), length, id });

// Tokens of more than SHORT_BYTES, those with the same first SHORT_BYTES together, longest first.
function groupLongTokens(tokens) {
  const groups = new Map();
  for (const [id, token] of tokens.entries()) {
    if (token.length <= SHORT_BYTES) continue;
    const head = token.slice(0, SHORT_BYTES);
    if (!groups.has(head)) groups.set(head, []);
    groups.get(head).push({ id, token });
  }
  for (const group of groups.values()) group.sort((a, b) => b.token.length - a.token.length);
  return groups;
}

function shortSection(entries) {
  const table = perfectHash(
    entries.map(({ low, high, length }) => ({ low, high, extra: BigInt(length) })),
    SLOTS_PER_KEY, KEYS_PER_PILOT);
  const slots = Buffer.alloc(table.slotCount * 24);
  for (const [i, { low, high, length, id }] of entries.entries()) {
    const at = table.slotOfKey[i] * 24;
    slots.writeBigUInt64LE(low, at);
    slots.writeBigUInt64LE(high, at + 8);
    slots.writeUInt32LE(id, at + 16);
    slots.writeUInt32LE(length, at + 20);
  }
  return { slots, pilots: table.pilots, slotCount: table.slotCount };
}

function pairSection(merges) {
  const keys = [];
  const ids = [];
  for (const [id, [left, right]] of merges.entries()) {
    if (left === id) continue;
    keys.push((BigInt(left) << 20n) | BigInt(right));
    ids.push(BigInt(id));
  }
  const table = perfectHash(
    keys.map((key) => ({ low: key, high: 0n, extra: 0n })), SLOTS_PER_KEY, KEYS_PER_PILOT);
  const slots = Buffer.alloc(table.slotCount * 8, 0xff);
  for (const [i, key] of keys.entries())
    slots.writeBigUInt64LE((key << 20n) | ids[i], table.slotOfKey[i] * 8);
  return { slots, pilots: table.pilots, slotCount: table.slotCount };
}

function longSection(groups, entries) {
  const records = [];
  const bytes = [];
  let offset = 0;
  for (const [head, group] of groups) {
    entries.push(shortEntry(head, HEAD_LENGTH, records.length));
    for (const [i, { id, token }] of group.entries()) {
      const record = Buffer.alloc(16);
      [offset, id, token.length, group.length - i].forEach((n, field) => record.writeUInt32LE(n, field * 4));
      records.push(record);
      bytes.push(Buffer.from(token, 'latin1'));
      offset += token.length;
    }
  }
  return { records, bytes: Buffer.concat(bytes) };
}

function mergeSection(merges) {
  const section = Buffer.alloc(merges.length * 8);
  for (const [id, [left, right]] of merges.entries()) {
    section.writeUInt32LE(left, id * 8);
    section.writeUInt32LE(right, id * 8 + 4);
  }
  return section;
}

// For every token the longest other token that it begins with, as id << 8 | length; 0 for one byte.
function prefixSection(tokens, idOf) {
  const section = Buffer.alloc(tokens.length * 4);
  for (const [id, token] of tokens.entries()) {
    let length = token.length - 1;
    while (length > 0 && !idOf.has(token.slice(0, length))) length--;
    if (length > 0) section.writeUInt32LE((idOf.get(token.slice(0, length)) << 8) | length, id * 4);
  }
  return section;
}

function pilotBytes(pilots) {
  const section = Buffer.alloc(pilots.length * 2);
  pilots.forEach((pilot, i) => section.writeUInt16LE(pilot, i * 2));
  return section;
}

function header(name, pattern, counts) {
  const head = Buffer.alloc(HEADER_BYTES);
  head.write(MAGIC, 0, 'latin1');
  head.writeUInt32LE(VERSION, 8);
  head.writeUInt32LE(pattern, 24);
  counts.forEach((count, i) => head.writeUInt32LE(count, 28 + i * 4));
  head.write(name, 64, 31, 'latin1');
  return head;
}

const padded = (section) =>
  Buffer.concat([section, Buffer.alloc((ALIGNMENT - (section.length % ALIGNMENT)) % ALIGNMENT)]);

// `tokens` in the order of their ranks, as "binary" strings: one character for each byte. All 256
// bytes must be among them. The same input gives the same bytes.
export async function makeTable(name, pattern, tokens) {
  if (tokens.length > MAX_TOKENS) throw new Error(`${name}: too many tokens`);
  if (tokens.some((token) => token.length > MAX_TOKEN_BYTES))
    throw new Error(`${name}: a token of more than ${MAX_TOKEN_BYTES} bytes`);
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const merges = tokens.map((_, id) => lastMerge(tokens, idOf, id));
  const entries = [];
  tokens.forEach((token, id) => {
    if (token.length <= SHORT_BYTES) entries.push(shortEntry(token, token.length, id));
  });
  const long = longSection(groupLongTokens(tokens), entries);
  const short = shortSection(entries);
  const pair = pairSection(merges);
  const file = Buffer.concat([
    header(name, pattern, [tokens.length, short.slotCount, short.pilots.length, pair.slotCount,
      pair.pilots.length, long.records.length, long.bytes.length]),
    ...[short.slots, pilotBytes(short.pilots), pair.slots, pilotBytes(pair.pilots),
      mergeSection(merges), prefixSection(tokens, idOf), Buffer.concat(long.records),
      long.bytes].map(padded),
  ]);
  const checksum = BigInt(`0x${await xxhash3(file.subarray(CHECKED_FROM))}`);
  file.writeBigUInt64LE(checksum, 16);
  return file;
}
