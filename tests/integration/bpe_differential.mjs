// Compares the token counter with the npm package `tiktoken`, token by token:
//
//   node bpe_differential.mjs DRIVER TABLES [TEXTS [SEED]]
//
// DRIVER is the program made from bpe_driver.c, TABLES the folder of the table files, TEXTS the
// number of random texts of each kind (default 3000). Texts: hostile random ones, every code point,
// pairs across all classes, long runs, and what the folder FORELOAD_DATA holds, if it is set.
// Needs `npm ci --ignore-scripts` in tools/bpe.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as hostile from '../../tools/bpe/hostile_texts.mjs';
import { answer, wholeTokens } from '../../tools/bpe/oracle.mjs';

const [driverPath, tables, texts = '3000', seed = '20240607'] = process.argv.slice(2);
if (!driverPath || !tables) {
  console.error('usage: node bpe_differential.mjs DRIVER TABLES [TEXTS [SEED]]');
  process.exit(2);
}
const count = Number(texts);
const SHOWN = 10;

function startDriver() {
  const child = spawn(driverPath, [tables], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {}); // it ended early: ask() finds that out
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    write(text) {
      const bytes = Buffer.from(text);
      const head = Buffer.alloc(4);
      head.writeUInt32LE(bytes.length);
      child.stdin.write(Buffer.concat([head, bytes]));
    },
    async read() {
      const { value, done } = await lines.next();
      if (done) throw new Error('the driver ended before its last answer');
      return value;
    },
    close: () => child.stdin.end(),
  };
}

const driver = startDriver();
let passed = 0;
let failed = 0;

function expected(text) {
  try {
    return answer(text);
  } catch (error) {
    return `tiktoken failed: ${error.message}`;
  }
}

async function compare(label, batch) {
  for (const text of batch) driver.write(text);
  for (const text of batch) {
    const [ours, theirs] = [await driver.read(), expected(text)];
    if (ours === theirs) {
      passed++;
      continue;
    }
    failed++;
    if (failed <= SHOWN)
      console.log(`${label}: expected ${theirs}, got ${ours} for ${JSON.stringify(text).slice(0, 400)}`);
  }
}

// Takes the texts in portions, so that neither side waits for a full pipe.
async function compareAll(label, source) {
  const [before, beforeFailed] = [passed, failed];
  let batch = [];
  for (const text of source) {
    batch.push(text);
    if (batch.length < 64) continue;
    await compare(label, batch);
    batch = [];
  }
  await compare(label, batch);
  console.log(`${label}: ${passed - before} texts equal, ${failed - beforeFailed} different`);
}

function* randomTexts(random) {
  for (let i = 0; i < count; i++) yield hostile.randomText(random, 1 + random.below(i % 10 ? 60 : 600));
}

function* plainTexts(random) {
  for (let i = 0; i < 3 * count; i++) yield hostile.plainText(random, 10 + random.below(400));
}

function* tokenTexts(random, tokens) {
  for (let i = 0; i < count; i++) yield hostile.textOfTokens(random, tokens, 1 + random.below(40));
}

function* codePoints() {
  for (let c = 0; c < 0x110000; c++)
    if (c < 0xd800 || c >= 0xe000) yield hostile.textAround(String.fromCodePoint(c));
}

function* pairs(characters) {
  for (const a of characters) for (const b of characters) yield hostile.textOfPair(a, b);
}

function* triples(random, characters) {
  for (let i = 0; i < 20 * count; i++)
    yield Array.from({ length: 3 + random.below(6) }, () => random.pick(characters)).join('');
}

function* catalogues(folder) {
  const mcp = path.join(folder, 'mcp', 'catalogs');
  for (const name of fs.readdirSync(mcp).filter((file) => file.endsWith('.json')).sort()) {
    const text = fs.readFileSync(path.join(mcp, name), 'utf8');
    yield text;
    const { tools = [] } = JSON.parse(text);
    for (const tool of tools) {
      yield JSON.stringify(tool);
      yield JSON.stringify(tool, null, 2);
      if (tool.description) yield tool.description;
    }
  }
  const sets = path.join(folder, 'tools');
  for (const name of fs.readdirSync(sets).sort()) {
    const file = path.join(sets, name, 'catalog.jsonl');
    if (!fs.existsSync(file)) continue;
    const text = fs.readFileSync(file, 'utf8');
    yield text;
    yield* text.split('\n');
  }
}

const random = hostile.generator(Number(seed));
const characters = hostile.charactersOfEachClass();
await compareAll('long runs', hostile.longRuns());
await compareAll('random texts', randomTexts(random));
await compareAll('plain texts', plainTexts(random));
for (const encoding of ['o200k_base', 'cl100k_base'])
  await compareAll(`tokens of ${encoding}`, tokenTexts(random, wholeTokens(encoding)));
await compareAll('pairs across classes', pairs(characters));
await compareAll('rows across classes', triples(random, characters));
await compareAll('code points', codePoints());
if (process.env.FORELOAD_DATA) await compareAll('catalogues', catalogues(process.env.FORELOAD_DATA));
else console.log('catalogues: skipped, FORELOAD_DATA is not set');
driver.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
