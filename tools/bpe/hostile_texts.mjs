// Texts that are made to find differences between two tokenisers; the same seed gives the same texts.

// A small generator of 32-bit numbers (mulberry32); `below(n)` is in 0 … n - 1.
export function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (n) => next() % n;
  return { below, pick: (list) => list[below(list.length)] };
}

const range = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i));

const contractions = ['s', 't', 're', 've', 'm', 'll', 'd'].flatMap((suffix) => {
  const upper = suffix.toUpperCase();
  return [suffix, upper, upper[0] + suffix.slice(1), suffix[0] + upper.slice(1)].map((s) => `'${s}`);
});

const JSON_PARTS = ['{"', '":', '": "', '","', '"},"', '\\n', '\\"', '{}', '[]', '[{', '}]', '},\n  {',
  '\n    "', 'true', 'false', 'null', '-1.5e+10', '"type":"object"', '"description": "',
  '"$schema"', 'https://json-schema.org/draft/2020-12/schema', '"additionalProperties":false'];

const WORDS = ['the', 'The', 'THE', ' of', ' and', ' tokenization', 'getUserById', 'HTTPServer', 'XMLHttpRequest',
  'snake_case_name', 'SCREAMING_CASE', 'iPhone', 'naïve', 'Straße', 'İstanbul', 'ΑΒΓαβγς', 'Привет', 'ПРИВЕТ',
  'été', 'a\u0301', 'A\u0301B', 'ǅemal', 'ŉ', 'ﬁne', '<|endoftext|>', '<|endofprompt|>', '<|fim_prefix|>', 'ſ', '//', '/*', '\n/', '\r\n/'];

export const ALPHABETS = {
  small: range(0x61, 0x7a),
  capital: range(0x41, 0x5a),
  digit: range(0x30, 0x39),
  punctuation: range(0x21, 0x2f).concat(range(0x3a, 0x40), range(0x5b, 0x60), range(0x7b, 0x7e)),
  control: range(0, 0x1f).concat(range(0x7f, 0x9f)),
  blank: [' ', ' ', ' ', '\t', '\n', '\r', '\r\n', '\v', '\f', '\x85', '\xa0', '\u1680', '\u2000', '\u200a',
    '\u2028', '\u2029', '\u202f', '\u205f', '\u3000', '\u200b', '\ufeff', '\u180e', '\u2060'],
  apostrophe: contractions.concat(["'", "''", '’s', '’', '‘t', 'ʼs', '`s', '＇s', "'ſ", "'ſs", "'K", "'st", "'l", "'r", "'v"]),
  latin: range(0xc0, 0x24f).concat(range(0x1e00, 0x1eff), ['ǅ', 'ǈ', 'ǋ', 'ǲ', 'ª', 'º']),
  greek: range(0x370, 0x3ff).concat(range(0x1f88, 0x1faf)),
  cyrillic: range(0x400, 0x52f),
  hebrew: range(0x591, 0x5f4),
  arabic: range(0x600, 0x6ff),
  devanagari: range(0x900, 0x97f),
  bengali: range(0x980, 0x9fe),
  tamil: range(0xb82, 0xbfa),
  thai: range(0xe01, 0xe5b),
  tibetan: range(0xf00, 0xfda),
  georgian: range(0x10a0, 0x10ff).concat(range(0x1c90, 0x1cbf)),
  hangul: range(0xac00, 0xac80).concat(range(0x1100, 0x11ff)),
  kana: range(0x3041, 0x30ff),
  ideograph: range(0x4e00, 0x4f00).concat(range(0x20000, 0x20020), ['々', '〇', '〆', '〡']),
  emoji: ['😀', '👍', '👍🏽', '👩‍👩‍👧‍👦', '🏳️‍🌈', '🇩🇪', '1️⃣', '❤️', '☺', '✊🏿', '\u200d', '\ufe0f', '🧑‍🚀', '\u{e0067}\u{e007f}'],
  mark: range(0x300, 0x36f).concat(range(0x20d0, 0x20f0), range(0xfe00, 0xfe0f), ['\u0903', '\u0488', '\u{e0100}']),
  number: ['½', '²', '①', 'Ⅷ', 'ⅷ', '٣', '७', '๓', '𝟘', '𝟿', '零', '㊉', '߀', '\u{1d7ce}', '௰'],
  rare: ['\u0378', '\ue000', '\ufffd', '\uffff', '\ufdd0', '\u{1fffe}', '\u{10ffff}', '\u{f0000}', '\u00ad', '\u{1f1e6}',
    '\u{1d400}', '\u{1d41a}', '\u{10400}', '\u{10428}', '\u{16e40}', '\u{1e900}', '\u{1e922}', '\u{118a0}', 'ⓐ', 'Ⓐ', 'ʰ', 'ᴬ', '\u{10d50}'],
  json: JSON_PARTS,
  word: WORDS,
};

const NAMES = Object.keys(ALPHABETS);

// Runs of characters of one alphabet after another, some of them long, some of one character only.
export function randomText(random, length) {
  const parts = [];
  const few = Array.from({ length: 1 + random.below(4) }, () => random.pick(NAMES));
  const names = random.below(3) ? few : NAMES;
  while (parts.length < length) {
    const alphabet = ALPHABETS[random.pick(names)];
    const run = random.below(8) ? 1 + random.below(4) : random.below(40);
    const same = random.below(6) === 0 ? random.pick(alphabet) : undefined;
    for (let i = 0; i < run; i++) parts.push(same ?? random.pick(alphabet));
  }
  return parts.join('');
}

// ASCII whose runs are as long as a block of the splitter, and now and then something else.
export function plainText(random, length) {
  const kinds = [' ', '\n', ' \n', ' \t\n\r', 'aZ', 'a', 'AB', "a'", "'sStTrRe lLvVeEdDmM", '019', '!/', '!\n/', '{":},', 'a b'];
  const rare = ['é', '\u00a0', '\u0301', 'ſ', '日'];
  let text = '';
  while (text.length < length) {
    const kind = random.below(60) ? random.pick(kinds) : random.pick(rare);
    const run = 1 + random.below(random.below(8) ? 5 : 80);
    for (let i = 0; i < run; i++) text += kind[random.below(kind.length)];
  }
  return text;
}

// Parts of tokens, put together without regard to words: long rows of merges.
export function textOfTokens(random, tokens, length) {
  const parts = [];
  for (let i = 0; i < length; i++) {
    const token = [...random.pick(tokens)];
    const from = random.below(3) ? 0 : random.below(token.length);
    parts.push(token.slice(from, random.below(3) ? token.length : from + random.below(6)).join(''));
  }
  return parts.join(random.below(4) ? '' : ' ');
}

// One character among neighbours of every kind.
export function textAround(character) {
  const c = character;
  return `${c}|a${c}b A${c}B a${c}B A${c} ${c}a ${c}A!${c}!${c}a1${c}2${c}${c}${c}b\n${c}\n ${c} \n/${c}  ${c}x${c}'s'${c}sé${c}日${c}Z  `;
}

export function textOfPair(a, b) {
  return `${a}${b}|x${a}${b}x ${a}${b} X${a}${a}${b}${b}X\n${b}${a}\t${a}${b}'S7${a}${b}${a}`;
}

// A letter a category, and all the characters that the patterns name.
export function charactersOfEachClass() {
  const categories = ['Lu', 'Ll', 'Lt', 'Lm', 'Lo', 'Mn', 'Mc', 'Me', 'Nd', 'Nl', 'No', 'Pc', 'Pd', 'Ps', 'Pe',
    'Pi', 'Pf', 'Po', 'Sm', 'Sc', 'Sk', 'So', 'Zs', 'Zl', 'Zp', 'Cc', 'Cf', 'Co', 'Cn'];
  const found = new Set([' ', '\t', '\n', '\r', '\v', '\x85', '\xa0', '/', "'", 's', 'S', 'ſ', 'l', 'L', 'a', 'A', '0', '!', '\0', '\ufeff']);
  for (const category of categories) {
    const pattern = new RegExp(`^\\p{${category}}$`, 'u');
    let wanted = 2; // one below U+0800 or so, one far above
    for (let c = 0x80; c < 0x110000 && wanted; c++) {
      if (c >= 0xd800 && c < 0xe000) continue;
      const character = String.fromCodePoint(c);
      if (!pattern.test(character)) continue;
      found.add(character);
      wanted--;
      c = Math.max(c, 0x2fff);
    }
  }
  return [...found];
}

export function longRuns() {
  const runs = [' ', '\n', '\t', '\r\n', 'a', 'A', 'aA', '-', '=', '*', '/', '.', '_', '0', '日', 'é', '\u0301', '\0', '\ufeff', '😀', "'", ' \n', '\u3000', 'ab', 'ABC', "'s", '"}'];
  const lengths = [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 33, 63, 64, 65, 80, 100, 127, 128, 129, 200, 255, 256, 257, 300, 700];
  return runs.flatMap((run) => lengths.flatMap((n) => [run.repeat(n), `${run.repeat(n)}x`, `x${run.repeat(n)} 1`]));
}
