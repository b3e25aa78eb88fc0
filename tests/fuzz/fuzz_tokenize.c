/* fuzz_tokenize.c: any bytes give sound tokens in both modes: whole characters, within limits, one
 * behind the other, and the same words whichever way a document is read. */
#include "base/utf8.h"
#include "text/tokenize.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A run without spaces is not cut at FL_TOKEN_MAX_BYTES, but far below this. */
enum { UNSPACED_MAX_BYTES = 4096 };

static void check_token(const struct fl_tokens *tokens, uint32_t index, enum fl_tokenize_mode mode)
{
    const uint16_t of_requests =
        FL_TOKEN_QUOTED | FL_TOKEN_LITERAL | FL_TOKEN_ENTITY | FL_TOKEN_BREAK;
    uint16_t flags = tokens->items[index].flags;
    struct fl_str word = fl_token_text(tokens, index);
    size_t most = flags & FL_TOKEN_UNSPACED ? UNSPACED_MAX_BYTES : FL_TOKEN_MAX_BYTES;
    if (!word.len || word.len > most || word.ptr[word.len] != '\0')
        abort();
    if (fl_utf8_valid_length(word.ptr, word.len) != word.len)
        abort();
    if (mode == FL_TOKENIZE_DOCUMENT && flags & of_requests)
        abort();
    if (flags & FL_TOKEN_PART &&
        (index == 0 || !(tokens->items[index - 1].flags & (FL_TOKEN_PART | FL_TOKEN_JOINED))))
        abort(); /* parts follow the word that they are of */
}

static void check_tokens(struct fl_tokens *tokens, struct fl_str text, enum fl_tokenize_mode mode)
{
    fl_tokens_clear(tokens);
    if (fl_tokenize(tokens, text, mode))
        abort();
    size_t end = 0;
    for (uint32_t i = 0; i < tokens->count; i++) {
        if (tokens->items[i].offset != end)
            abort();
        check_token(tokens, i, mode);
        end += tokens->items[i].len + 1u;
    }
    if (end != tokens->text.len)
        abort();
}

struct reader {
    const struct fl_tokens *tokens;
    uint32_t next;
};

static int compare(void *ctx, struct fl_str word, uint16_t flags)
{
    struct reader *reader = ctx;
    uint32_t i = reader->next++;
    if (i >= reader->tokens->count || !fl_str_equal(fl_token_text(reader->tokens, i), word) ||
        reader->tokens->items[i].flags != flags)
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fl_tokens tokens = {0};
    struct fl_str text = {(const char *)bytes, len};
    check_tokens(&tokens, text, FL_TOKENIZE_REQUEST);
    check_tokens(&tokens, text, FL_TOKENIZE_DOCUMENT);
    struct reader reader = {&tokens, 0};
    if (fl_tokenize_each(text, compare, &reader) || reader.next != tokens.count)
        abort();
    fl_tokens_destroy(&tokens);
    return 0;
}
