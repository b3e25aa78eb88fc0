// Writes src/bpe/bpe_classes.c: the character classes of the splitting patterns.
//
//   npm ci --ignore-scripts && node make_classes.mjs ../../src/bpe/bpe_classes.c
//
// A two-stage table: the block index of 128 code points gives a block of packed 4-bit classes. It
// ends where the last block with a class ends, but for the high ranges, which become conditions.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CLASSES, classOfCodePoints } from './unicode_classes.mjs';

const BLOCK = 128;
const TABLE_END = 0x32400; // behind the last ideograph
const COLUMNS = 100;

function highRanges(classOf) {
  const ranges = [];
  for (let c = TABLE_END; c < classOf.length; c++) {
    if (classOf[c] === 0) continue;
    const last = ranges.at(-1);
    if (last && last.end === c && last.value === classOf[c]) last.end++;
    else ranges.push({ begin: c, end: c + 1, value: classOf[c] });
  }
  return ranges;
}

function twoStages(classOf) {
  const blocks = new Map();
  const index = [];
  for (let start = 0; start < TABLE_END; start += BLOCK) {
    const packed = [];
    for (let i = 0; i < BLOCK; i += 2) packed.push(classOf[start + i] | (classOf[start + i + 1] << 4));
    const key = packed.join();
    if (!blocks.has(key)) blocks.set(key, { number: blocks.size, packed });
    index.push(blocks.get(key).number);
  }
  if (blocks.size > 256) throw new Error(`${blocks.size} blocks do not fit 8-bit indices`);
  return { index, packed: [...blocks.values()].flatMap((block) => block.packed) };
}

function wrapped(numbers) {
  const lines = [];
  let line = '   ';
  for (const number of numbers) {
    const text = ` ${number},`;
    if (line.length + text.length > COLUMNS) {
      lines.push(line);
      line = '   ';
    }
    line += text;
  }
  return [...lines, line].join('\n');
}

function source(classOf) {
  const { index, packed } = twoStages(classOf);
  const high = highRanges(classOf).map(({ begin, end, value }) =>
    `    if (codepoint >= 0x${begin.toString(16).toUpperCase()} && ` +
    `codepoint <= 0x${(end - 1).toString(16).toUpperCase()})\n` +
    `        return FL_BPE_${CLASSES[value][0]};\n`);
  return `/* bpe_classes.c: written by tools/bpe/make_classes.mjs from Unicode 16.0; do not edit.
 *
 * Two stages: the block of ${BLOCK} code points, then two 4-bit classes a byte. */
#include "bpe/bpe_classes.h"

enum { TABLE_END = 0x${TABLE_END.toString(16).toUpperCase()}, BLOCK = ${BLOCK} };

/* clang-format off */
static const uint8_t block_index[] = {
${wrapped(index)}
};

static const uint8_t blocks[] = {
${wrapped(packed)}
};
/* clang-format on */

enum fl_bpe_class fl_bpe_class_of(uint32_t codepoint)
{
    if (codepoint < TABLE_END) {
        uint32_t nibble = block_index[codepoint / BLOCK] * (uint32_t)BLOCK + codepoint % BLOCK;
        return (enum fl_bpe_class)(blocks[nibble / 2] >> (nibble % 2 * 4) & 15);
    }
${high.join('')}    return FL_BPE_OTHER;
}
`;
}

const output = process.argv[2] ?? fileURLToPath(new URL('../../src/bpe/bpe_classes.c', import.meta.url));
fs.writeFileSync(output, source(await classOfCodePoints()));
