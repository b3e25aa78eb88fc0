/* bpe_fixture.c: see bpe_fixture.h. */
#include "bpe_fixture.h"

#include <stdio.h>
#include <stdlib.h>

char *bpe_test_file(const char *name)
{
    const char *folder = getenv("FL_TEST_BPE");
    if (!folder)
        fail_msg("FORELOAD_TEST_DATA is not set");
    struct fl_buf path = {0};
    fl_buf_printf(&path, "%s/%s", folder, name);
    char *text = fl_buf_take(&path);
    assert_non_null(text);
    return text;
}

struct fl_bpe *bpe_open_table(const char *encoding)
{
    const char *folder = getenv("FORELOAD_TABLES");
    struct fl_buf path = {0};
    fl_buf_printf(&path, "%s/%s.bpe", folder ? folder : "", encoding);
    struct fl_bpe *bpe = NULL;
    struct fl_err err = {0};
    int rc = fl_bpe_open(fl_buf_text(&path), &bpe, &err);
    fl_buf_destroy(&path);
    if (rc == -FL_ENOENT) {
        print_message("no table of %s in FORELOAD_TABLES (%s)\n", encoding, folder ? folder : "");
        skip();
    }
    if (rc)
        fail_msg("%s", err.message);
    return bpe;
}

struct fl_bpe *bpe_open_tiny(void)
{
    char *path = bpe_test_file("bpe_tiny.bpe");
    struct fl_bpe *bpe = NULL;
    struct fl_err err = {0};
    if (fl_bpe_open(path, &bpe, &err))
        fail_msg("%s", err.message);
    free(path);
    return bpe;
}

size_t bpe_tokens(const struct fl_bpe *bpe, const char *text, size_t len, uint32_t **ret_ids)
{
    char *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, text, len);
    struct fl_err err = {0};
    size_t counted = 0;
    size_t encoded = 0;
    uint32_t *ids = NULL;
    int rc = fl_bpe_count(bpe, exact, len, &counted, &err);
    if (!rc)
        rc = fl_bpe_encode(bpe, exact, len, &ids, &encoded, &err);
    free(exact);
    if (rc)
        fail_msg("%s", err.message);
    assert_int_equal(counted, encoded);
    if (ret_ids)
        *ret_ids = ids;
    else
        free(ids);
    return counted;
}
