// Writes the inputs of the token counter's unit tests:
//
//   npm ci --ignore-scripts && node make_golden.mjs ../../tests/unit/text
//
// bpe_golden.jsonl: generated texts with the count and the folded ids (FNV-1a) that the npm package
// `tiktoken` gives. bpe_tiny.bpe: the table file of a vocabulary of a few hundred tokens.
import fs from 'node:fs';
import path from 'node:path';
import * as hostile from './hostile_texts.mjs';
import { ENCODINGS, encode, folded } from './oracle.mjs';
import { makeTable } from './table_file.mjs';
import { classOfCodePoints } from './unicode_classes.mjs';

const SEED = 71;
const RANDOM_TEXTS = 400;
const BOUNDARIES_IN_A_TEXT = 40;

// The characters on both sides of every change of class.
async function* boundaries() {
  const classOf = await classOfCodePoints();
  let text = '';
  let count = 0;
  for (let c = 1; c < classOf.length; c++) {
    if (classOf[c] === classOf[c - 1] || (c > 0xd800 && c <= 0xe000)) continue;
    text += `a${String.fromCodePoint(c - 1)}B${String.fromCodePoint(c)}`;
    if (++count % BOUNDARIES_IN_A_TEXT) continue;
    yield text;
    text = '';
  }
  yield text;
}

function* everyByteLength() {
  const sentence = 'We\'ll count {"tokens": [1, 22, 4444]} in ~/src/main.c, THAT\'S it.\r\n\tNext  line: naïve café 日本語';
  for (let length = 0; length <= 100; length++) yield sentence.slice(0, length);
}

async function* texts() {
  const random = hostile.generator(SEED);
  yield* everyByteLength();
  yield* hostile.longRuns().filter((text) => text.length < 140);
  for (let i = 0; i < RANDOM_TEXTS; i++) yield hostile.randomText(random, 1 + random.below(i % 10 ? 40 : 300));
  yield* boundaries();
}

function row(text) {
  const answers = encode(text).map((ids, i) => [ENCODINGS[i], [ids.length, folded(ids)]]);
  return JSON.stringify({ text, ...Object.fromEntries(answers) });
}

function tinyVocabulary() {
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  const merged = ['th', 'he', 'in', 'er', ' t', 'the', ' the', 'ing', 'aa', 'aaaa', 'aaaaaaaa', '  ', '    '];
  const long = ['aaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'];
  return [...bytes, ...merged, ...long];
}

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node make_golden.mjs OUTPUT_FOLDER');
  process.exit(2);
}
const rows = [];
for await (const text of texts()) rows.push(row(text));
fs.writeFileSync(path.join(folder, 'bpe_golden.jsonl'), `${rows.join('\n')}\n`);
fs.writeFileSync(path.join(folder, 'bpe_tiny.bpe'), await makeTable('tiny', 2, tinyVocabulary()));
