// The npm package `tiktoken`, and its answers in the form of tests/integration/bpe_driver.c.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { get_encoding } = require('tiktoken');

export const ENCODINGS = ['o200k_base', 'cl100k_base'];
const encoders = ENCODINGS.map((name) => get_encoding(name));

// The tokens as arrays of ids, in the order of ENCODINGS.
export const encode = (text) => encoders.map((encoder) => encoder.encode_ordinary(text));

export function folded(ids) {
  let hash = 2166136261;
  for (const id of ids) hash = Math.imul(hash ^ id, 16777619) >>> 0;
  return hash;
}

// "COUNT FOLDED_IDS " for each encoding.
export const answer = (text) => encode(text).map((ids) => `${ids.length} ${folded(ids)} `).join('');

// All tokens that are UTF-8 by themselves.
export function wholeTokens(encoding) {
  const { bpe_ranks: ranks } = require(`tiktoken/encoders/${encoding}.json`);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const tokens = [];
  for (const line of ranks.split('\n').filter(Boolean)) {
    for (const base64 of line.split(' ').slice(2)) {
      try {
        tokens.push(decoder.decode(Buffer.from(base64, 'base64')));
      } catch {
        // part of a character
      }
    }
  }
  return tokens;
}
