/* fuzz_classifier.c: classifiers with any numbers in them.
 *
 * A file with random bytes would end at its magic. So the input is a list of changes to a valid
 * file with all of its sections: eight bytes each, where (u32, modulo the length) and what (u32).
 * The checksum is made right afterwards unless the input has an odd byte at its end; two bytes more
 * stand for a file with a network instead of word windows. What opens is asked and taught. */
#include "classify/classifier_parts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum {
    AT_CHECKSUM = 40,
    HEAD = 56,
    LABELS = 3,
    STRIDE = 64,
    FILTERS = 4,
    VALUES = FL_WINDOWS_WIDTHS * FILTERS,
    ROW = FL_WINDOWS_PLACES * FILTERS,
    WORDS = 2,
    CHANGE_BYTES = 8,
};

static float floats[FL_INPUT_BUCKETS];
static int8_t cells[FL_INPUT_BUCKETS * STRIDE];

/* Small numbers everywhere, and word windows without vectors of their own. */
static void make_valid(struct fl_buf *file, bool by_network)
{
    static const uint64_t hash[WORDS] = {11, 22};
    for (size_t i = 0; i < FL_INPUT_BUCKETS; i++)
        floats[i] = 0.01f * (float)(i % 7 + 1);
    for (size_t i = 0; i < sizeof cells; i++)
        cells[i] = (int8_t)(i % 23);
    struct fl_classifier_parts parts = {
        .card = {.labels = LABELS,
                 .threshold = 0.3f,
                 .temperature = 1,
                 .linear_temperature = 1,
                 .certain = 0.9f,
                 .mix = 0.5f},
        .names = "a\0b\0c",
        .names_bytes = 6,
        .linear = {LABELS, LABELS, STRIDE, floats, cells, floats, NULL, NULL, floats},
        .windows = {.labels = LABELS,
                    .filters = FILTERS,
                    .words = WORDS,
                    .values = VALUES,
                    .stride = STRIDE,
                    .hash = hash,
                    .scale = floats,
                    .parts = cells,
                    .bias = floats,
                    .out = cells,
                    .out_scale = floats,
                    .out_bias = floats},
        .delta = floats,
    };
    struct fl_network *network = NULL;
    if (by_network) {
        struct fl_network_shape shape = {LABELS, {4, 2}, LABELS, FL_NETWORK_SOFTMAX};
        network = fl_network_create(&shape, 1, fl_kernels_select(NULL), NULL);
        if (!network)
            abort();
        parts.network = network;
        parts.windows.labels = 0;
        parts.card.mix = 0;
    }
    if (fl_classifier_write(&parts, file, NULL))
        abort();
    fl_network_free(network);
}

static void correct_checksum(char *bytes, size_t len)
{
    char head[HEAD];
    memset(bytes + AT_CHECKSUM, 0, 16);
    memcpy(head, bytes, HEAD);
    XXH128_hash_t seed = XXH3_128bits(head, HEAD);
    XXH128_hash_t hash = XXH3_128bits_withSeed(bytes + HEAD, len - HEAD, seed.low64 ^ seed.high64);
    memcpy(bytes + AT_CHECKSUM, &hash.low64, 8);
    memcpy(bytes + AT_CHECKSUM + 8, &hash.high64, 8);
}

static void ask(struct fl_classifier *classifier)
{
    static const uint16_t buckets[] = {0, 5, FL_INPUT_BUCKETS - 1};
    static const uint64_t words[] = {11, 33, 22};
    struct fl_input input = {buckets, {1, 2, 3}, words, 3};
    struct fl_classifier_scratch scratch = {0};
    struct fl_classified answer;
    uint32_t label = 0;
    for (int i = 0; i < 2; i++) {
        if (fl_classifier_predict(classifier, &input, &scratch, &answer) ||
            answer.best >= fl_classifier_card(classifier)->labels)
            abort();
        if (strlen(fl_classifier_label(classifier, answer.best)) > FL_CLASSIFIER_MAX_LABEL_BYTES)
            abort();
        if (fl_classifier_update(classifier, &input, &label, 1, &scratch))
            abort();
    }
    fl_classifier_scratch_destroy(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct fl_buf files[2];
    static char *copies[2];
    bool by_network = len & 2;
    struct fl_buf *valid = &files[by_network];
    if (!copies[by_network]) {
        make_valid(valid, by_network);
        copies[by_network] = aligned_alloc(64, (valid->len + 63) / 64 * 64);
        if (!copies[by_network])
            abort();
    }
    char *changed = copies[by_network];
    memcpy(changed, valid->ptr, valid->len);
    for (; len >= CHANGE_BYTES; bytes += CHANGE_BYTES, len -= CHANGE_BYTES) {
        uint32_t at;
        memcpy(&at, bytes, 4);
        memcpy(changed + at % (valid->len - 3), bytes + 4, 4);
    }
    if (len % 2 == 0)
        correct_checksum(changed, valid->len);
    struct fl_classifier *classifier = NULL;
    if (fl_classifier_view(&classifier, changed, valid->len, NULL))
        return 0;
    ask(classifier);
    fl_classifier_free(classifier);
    return 0;
}
