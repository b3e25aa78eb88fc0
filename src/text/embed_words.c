/* embed_words.c: see embed_words.h. */
#include "text/embed_words.h"

#include "base/err.h"
#include "base/utf8.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { GRAM_LEAST = 3, GRAM_MOST = 5, NUMBER_LEAST = 3 };

void fl_embed_words_destroy(struct fl_embed_words *words)
{
    if (words)
        fl_tokens_destroy(&words->tokens);
}

uint64_t fl_embed_word_hash(struct fl_str word)
{
    return XXH3_64bits(word.ptr, word.len);
}

static bool is_number(struct fl_str word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.ptr[i] < '0' || word.ptr[i] > '9')
            return false;
    return word.len >= NUMBER_LEAST;
}

static bool add(struct fl_embed_words *words, struct fl_str text, uint16_t flags)
{
    if (words->count == FL_EMBED_MAX_WORDS)
        return false;
    if (is_number(text))
        text = FL_STR("000");
    words->items[words->count++] =
        (struct fl_embed_word){.text = text, .hash = fl_embed_word_hash(text), .flags = flags};
    return true;
}

/* How many bytes the character at `i` has; what is not UTF-8 counts byte by byte. */
static size_t char_bytes(struct fl_str text, size_t i)
{
    uint32_t codepoint;
    size_t n = fl_utf8_decode(text.ptr + i, text.len - i, &codepoint);
    return n ? n : 1;
}

/* A request's run of a script without spaces comes whole, a document's in pairs already. */
static void add_pairs(struct fl_embed_words *words, struct fl_str run, uint16_t flags)
{
    size_t first = 0, second = char_bytes(run, 0);
    if (second == run.len)
        add(words, run, flags);
    while (second < run.len) {
        size_t end = second + char_bytes(run, second);
        if (!add(words, (struct fl_str){run.ptr + first, end - first}, flags))
            return;
        first = second;
        second = end;
    }
}

int fl_embed_words_read(struct fl_embed_words *words, struct fl_str text,
                        enum fl_tokenize_mode mode)
{
    words->count = 0;
    fl_tokens_clear(&words->tokens);
    int rc = fl_tokenize(&words->tokens, text, mode);
    if (rc)
        return rc;
    for (uint32_t i = 0; i < words->tokens.count && words->count < FL_EMBED_MAX_WORDS; i++) {
        struct fl_str word = fl_token_text(&words->tokens, i);
        uint16_t flags = words->tokens.items[i].flags;
        if (flags & FL_TOKEN_UNSPACED)
            add_pairs(words, word, flags);
        else
            add(words, word, flags);
    }
    return 0;
}

unsigned fl_embed_grams(struct fl_str word, uint32_t ret_grams[FL_EMBED_MAX_GRAMS])
{
    char marked[FL_TOKEN_MAX_BYTES + 2];
    uint16_t start[sizeof marked + 1]; /* of each character, the marks included */
    size_t len = word.len < FL_TOKEN_MAX_BYTES ? word.len : FL_TOKEN_MAX_BYTES, chars = 0;
    marked[0] = '<';
    memcpy(marked + 1, word.ptr, len);
    marked[1 + len] = '>';
    struct fl_str text = {marked, len + 2};
    for (size_t i = 0; i < text.len; i += char_bytes(text, i))
        start[chars++] = (uint16_t)i;
    start[chars] = (uint16_t)text.len;
    unsigned count = 0;
    size_t least = chars < GRAM_LEAST + 2 && (word.ptr[0] & 0x80) ? 1 : GRAM_LEAST;
    size_t most = least == 1 ? 1 : GRAM_MOST;
    for (size_t n = least; n <= most; n++)
        for (size_t i = least == 1; i + n + (least == 1) <= chars; i++) {
            if (count == FL_EMBED_MAX_GRAMS)
                return count;
            ret_grams[count++] =
                (uint32_t)XXH3_64bits(marked + start[i], (size_t)(start[i + n] - start[i]));
        }
    return count;
}
