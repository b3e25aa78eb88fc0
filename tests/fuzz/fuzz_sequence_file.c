/* fuzz_sequence_file.c: sequence predictors in files whose sections hold anything.
 *
 * Four bytes an edit: section, offset (two), and what stands there instead; all in a small
 * predictor that was written whole. The container and its checksum are right. What opens is used.
 */
#include "model/model_file.h"
#include "sequence/sequence.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { SECTIONS = 11, EDIT_BYTES = 4 };

static const char *const names[SECTIONS] = {"shape",  "counts",   "top",     "nodes",
                                            "own",    "users",    "streams", "mixtures",
                                            "depths", "reliable", "outcomes"};

static const struct fl_sequence_limits limits = {
    .order = 3, .node_bits = 7, .own_bits = 5, .users = 4, .streams = 4, .own_bytes = 8192};

static void use(struct fl_sequence *s, unsigned uses)
{
    for (unsigned i = 0; i < uses; i++) {
        struct fl_sequence_place place = {i % 5, i % 6, (int64_t)i * 5000000};
        struct fl_sequence_guess guesses[FL_SEQUENCE_RANK_MAX];
        struct fl_sequence_outlook ahead[8];
        fl_sequence_rank(s, &place, guesses, FL_SEQUENCE_RANK_MAX);
        fl_sequence_look_ahead(s, &place, 3, ahead, 8);
        if (fl_sequence_watch(s, &place) || fl_sequence_learn(s, &place, i * i % 11))
            abort();
    }
}

/* The predictor's file, made once. */
static const struct fl_buf *good_file(void)
{
    static struct fl_buf file;
    if (!file.len) {
        struct fl_model_writer writer = {0};
        struct fl_sequence *s = fl_sequence_create(&limits);
        if (!s)
            abort();
        use(s, 120);
        fl_sequence_write(s, &writer);
        if (fl_model_writer_finish(&writer, "FUZZ", &file))
            abort();
        fl_model_writer_destroy(&writer);
        fl_sequence_free(s);
    }
    return &file;
}

static void add_edited(const struct fl_model_file *good, unsigned section, const uint8_t *edits,
                       size_t count, struct fl_model_writer *writer)
{
    const void *content;
    size_t size;
    struct fl_buf copy = {0};
    if (fl_model_file_section(good, names[section], 1, SIZE_MAX, &content, &size, NULL))
        abort();
    fl_buf_append(&copy, content, size);
    for (size_t i = 0; i < count; i++, edits += EDIT_BYTES)
        if (edits[0] % SECTIONS == section && size)
            copy.ptr[(edits[1] | (size_t)edits[2] << 8) % size] = (char)edits[3];
    fl_model_writer_add(writer, names[section], fl_buf_text(&copy), copy.len);
    fl_buf_destroy(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fl_model_file good, file;
    struct fl_model_writer writer = {0};
    struct fl_buf buf = {0};
    struct fl_sequence *sequence = NULL;
    if (fl_model_file_view(&good, good_file()->ptr, good_file()->len, "FUZZ", NULL))
        abort();
    for (unsigned section = 0; section < SECTIONS; section++)
        add_edited(&good, section, bytes, len / EDIT_BYTES, &writer);
    if (fl_model_writer_finish(&writer, "FUZZ", &buf) ||
        fl_model_file_view(&file, buf.ptr, buf.len, "FUZZ", NULL))
        abort();
    if (fl_sequence_read(&file, &limits, &sequence, NULL) == 0)
        use(sequence, 30);
    fl_sequence_free(sequence);
    fl_model_writer_destroy(&writer);
    fl_buf_destroy(&buf);
    return 0;
}
