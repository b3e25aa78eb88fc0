/* features.c: see features.h. */
#include "text/text_features.h"

#include "base/utf8.h"
#include "text/charclass.h"

#include <xxhash.h>

enum { SHORTEST_RUN = 2, LONGEST_RUN = 5 };

/* Odd 64-bit numbers without structure, one a kind of feature (Steele and Vigna 2021, table 5, and
 * multiples of the golden ratio). */
static const uint64_t WORD_FACTOR = UINT64_C(0x9E3779B97F4A7C15);
static const uint64_t FOLLOW_FACTOR = UINT64_C(0xD1342543DE82EF95);
static const uint64_t PAIR_FACTOR = UINT64_C(0xAF251AF3B0F025B5);
static const uint64_t RUN_FACTOR[LONGEST_RUN + 1] = {0,
                                                     0,
                                                     UINT64_C(0xB564EF22EC7AECE5),
                                                     UINT64_C(0xF7C2EBC08F67F2B5),
                                                     UINT64_C(0xF1357AEA2E62A9C5),
                                                     UINT64_C(0xA0761D6478BD642F)};
/* Stand for the words before the first and behind the last. */
static const uint64_t BEGIN_MARK = UINT64_C(0xE7037ED1A0B428DB);
static const uint64_t END_MARK = UINT64_C(0x8EBC6AF09C88C6E3);

/* What an ASCII character becomes; 0 is a border between words. */
static const char folded_ascii[128] = {
    ['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ['A'] = 'a', 'b', 'c',
    'd',         'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n',         'o', 'p',
    'q',         'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', ['a'] = 'a', 'b', 'c',
    'd',         'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n',         'o', 'p',
    'q',         'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
};

uint64_t fl_features_word_hash(struct fl_str word)
{
    return XXH3_64bits(word.ptr, word.len);
}

/* --- folding --- */

static bool at_border(const struct fl_features *f)
{
    return f->text[f->text_len - 1] == ' ';
}

static void end_word(struct fl_features *f)
{
    if (at_border(f))
        return;
    uint16_t from = f->word_offset[f->word_count];
    f->word[f->word_count++] =
        fl_features_word_hash((struct fl_str){f->text + from, f->text_len - from});
    f->text[f->text_len++] = ' ';
    f->word_offset[f->word_count] = (uint16_t)f->text_len;
}

/* One character that is not ASCII; returns how many bytes it had. */
static size_t fold_character(struct fl_features *f, const char *text, size_t len)
{
    uint32_t codepoint;
    size_t step = fl_utf8_decode(text, len, &codepoint);
    enum fl_char_class class = step ? fl_char_class_of(codepoint) : FL_CHAR_OTHER;
    if (class == FL_CHAR_UNSPACED) /* a word of its own */
        end_word(f);
    if (class == FL_CHAR_OTHER)
        end_word(f);
    else
        f->text_len += fl_char_fold(codepoint, f->text + f->text_len);
    if (class == FL_CHAR_UNSPACED && f->word_count < FL_FEATURES_MAX_WORDS)
        end_word(f);
    return step ? step : 1;
}

/* Leaves " first second … last ". */
static void fold(struct fl_features *f, struct fl_str text)
{
    f->text[0] = ' ';
    f->text_len = 1;
    f->word_count = 0;
    f->word_offset[0] = 1;
    for (size_t i = 0; i < text.len && f->word_count < FL_FEATURES_MAX_WORDS &&
                       f->text_len < FL_FEATURES_MAX_BYTES - FL_CHAR_FOLDED_MAX;) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 128) {
            i += fold_character(f, text.ptr + i, text.len - i);
            continue;
        }
        i++;
        if (folded_ascii[c])
            f->text[f->text_len++] = folded_ascii[c];
        else
            end_word(f);
    }
    if (f->word_count < FL_FEATURES_MAX_WORDS)
        end_word(f);
}

/* --- hashing --- */

struct sink {
    uint16_t *bucket;
    uint32_t count;
    uint8_t *seen;
};

/* Adds the bucket unless the block has it. No branch: which it is cannot be foretold. */
static inline void add(struct sink *sink, uint64_t mixed)
{
    uint32_t bucket = (uint32_t)(mixed >> (64 - FL_FEATURES_BITS));
    uint8_t *byte = &sink->seen[bucket / 8];
    unsigned had = *byte >> bucket % 8 & 1;
    *byte |= (uint8_t)(1 << bucket % 8);
    sink->bucket[sink->count] = (uint16_t)bucket;
    sink->count += !had;
}

static inline void add_sequence(struct sink *sink, uint64_t first, uint64_t second)
{
    add(sink, (first * FOLLOW_FACTOR ^ second) * WORD_FACTOR);
}

static void add_words(const struct fl_features *f, struct sink *sink)
{
    uint64_t before = BEGIN_MARK;
    for (uint32_t i = 0; i < f->word_count; i++) {
        add(sink, f->word[i] * WORD_FACTOR);
        add_sequence(sink, before, f->word[i]);
        before = f->word[i];
    }
    if (f->word_count)
        add_sequence(sink, before, END_MARK);
}

static void add_pairs(const struct fl_features *f, struct sink *sink)
{
    for (uint32_t i = 0; i < f->word_count; i++) {
        uint32_t end = i + FL_FEATURES_PAIR_REACH;
        if (end > f->word_count - 1)
            end = f->word_count - 1;
        for (uint32_t j = i + 1; j <= end; j++)
            add(sink, (f->word[i] + f->word[j]) * PAIR_FACTOR);
    }
}

static inline uint64_t load_bytes(const char *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

static void add_runs(const struct fl_features *f, struct sink *sink)
{
    if (f->word_count == 0)
        return;
    for (uint32_t n = SHORTEST_RUN; n <= LONGEST_RUN; n++) {
        uint64_t mask = (UINT64_C(1) << 8 * n) - 1, factor = RUN_FACTOR[n];
        for (uint32_t i = 0; i + n <= f->text_len; i++)
            add(sink, (load_bytes(f->text + i) & mask) * factor);
    }
}

void fl_features_extract(struct fl_features *features, struct fl_str text)
{
    static void (*const blocks[FL_FEATURES_BLOCKS])(const struct fl_features *, struct sink *) = {
        add_words, add_pairs, add_runs};
    fold(features, text);
    uint32_t begin = 0;
    for (unsigned b = 0; b < FL_FEATURES_BLOCKS; b++) {
        struct sink sink = {features->bucket, begin, features->seen[b]};
        blocks[b](features, &sink);
        for (uint32_t i = begin; i < sink.count; i++)
            features->seen[b][features->bucket[i] / 8] = 0;
        features->block_end[b] = begin = sink.count;
    }
}
