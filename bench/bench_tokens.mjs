// Token counting beside its peers, on the same text in the same run:
//
//   node bench_tokens.mjs BENCH_TOKENS TABLES
//
// BENCH_TOKENS is the program made from bench_tokens.c, TABLES the folder of the table files. The
// text is English prose (Debian's licences) and JSON, in turn: the tool catalogues in the folder
// FORELOAD_DATA, or without it a generated schema. Needs `npm ci --ignore-scripts` in tools/bpe.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const ROUNDS = 3;
const PORTION = 1 << 16;
const PROSE = '/usr/share/common-licenses';
const require = createRequire(new URL('../tools/bpe/package.json', import.meta.url));

const [program, tables] = process.argv.slice(2);
if (!program || !tables) {
  console.error('usage: node bench_tokens.mjs BENCH_TOKENS TABLES');
  process.exit(2);
}

const readAll = (folder) =>
  fs.readdirSync(folder).sort().map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('\n');

function json() {
  const folder = process.env.FORELOAD_DATA;
  if (folder) return readAll(path.join(folder, 'mcp', 'catalogs'));
  const properties = {};
  for (let i = 0; i < 20; i++)
    properties[`field${i}`] = { type: i % 2 ? 'string' : 'integer', description: `The field number ${i} of the record to create` };
  return `${JSON.stringify({ name: 'create_record', inputSchema: { type: 'object', properties, required: ['field1'] } }, null, 2)}\n`.repeat(100);
}

function mixed() {
  const sources = [fs.existsSync(PROSE) ? readAll(PROSE) : '', json()];
  let text = '';
  for (let at = 0; sources.some((source) => at < source.length); at += PORTION)
    for (const source of sources) text += source.slice(at, at + PORTION);
  return text.toWellFormed?.() ?? text;
}

function best(count) {
  let fastest = Infinity;
  let tokens;
  for (let i = 0; i < ROUNDS; i++) {
    const start = process.hrtime.bigint();
    tokens = count();
    fastest = Math.min(fastest, Number(process.hrtime.bigint() - start) / 1e9);
  }
  return { seconds: fastest, tokens };
}

const text = mixed();
const bytes = Buffer.byteLength(text);
const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'bench_tokens-')), 'text');
fs.writeFileSync(file, text);
const ours = execFileSync(program, [tables, file], { encoding: 'utf8' });
fs.rmSync(path.dirname(file), { recursive: true });
process.stdout.write(ours);

const row = (...cells) => console.log(cells.map((cell, i) => String(cell)[i < 2 ? 'padEnd' : 'padStart'](14)).join(' '));
row('encoding', 'counter', 'tokens', 'MB/s', 'foreload is');
for (const line of ours.trim().split('\n')) {
  const [, name, tokens, speed] = /^(\S+): .*?(\d+) tokens, best ([\d.]+) MB/.exec(line);
  row(name, 'foreload', tokens, speed, '1.0 x');
  const encoder = require('tiktoken').get_encoding(name);
  const { countTokens } = require(`gpt-tokenizer/encoding/${name}`);
  const peers = { tiktoken: () => encoder.encode_ordinary(text).length, 'gpt-tokenizer': () => countTokens(text) };
  for (const [peer, count] of Object.entries(peers)) {
    const result = best(count);
    const theirs = bytes / 1e6 / result.seconds;
    row(name, peer, result.tokens, theirs.toFixed(1), `${(speed / theirs).toFixed(1)} x`);
  }
}
