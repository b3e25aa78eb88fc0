/* fuzz_encoder.c: encoder files with any numbers in them.
 *
 * The input is a list of changes to a valid file: eight bytes each, where (u32, modulo the length
 * of the section that its upper bits choose) and what (u32). Container and checksum are right. What
 * opens is asked for words and n-grams. */
#include "model/encoder.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { DIM = 8, WORDS = 6, GRAM_BITS = 2, CHANGE_BYTES = 8, SECTION_SHIFT = 28 };

static void add_valid(struct fl_model_writer *writer)
{
    uint64_t hash[WORDS] = {0, 1, 7, UINT64_C(1) << 50, UINT64_C(1) << 63, UINT64_MAX};
    float word[WORDS * DIM], gram[DIM << GRAM_BITS], weights[FL_ENCODER_WEIGHTS] = {1};
    for (unsigned i = 0; i < WORDS * DIM; i++)
        word[i] = (float)i;
    for (unsigned i = 0; i < DIM << GRAM_BITS; i++)
        gram[i] = -(float)i;
    struct fl_wordvec_source source = {
        {.dim = DIM, .words = WORDS, .gram_bits = GRAM_BITS}, hash, word, gram};
    fl_wordvec_write(writer, fl_kernels_select("scalar"), &source);
    fl_model_writer_add(writer, "weights", weights, sizeof weights);
}

static void change(struct fl_model_writer *writer, const uint8_t *bytes, size_t len)
{
    for (; len >= CHANGE_BYTES; bytes += CHANGE_BYTES, len -= CHANGE_BYTES) {
        uint32_t at;
        memcpy(&at, bytes, 4);
        const struct fl_model_section *section =
            &writer->sections[(at >> SECTION_SHIFT) % writer->count];
        at &= (UINT32_C(1) << SECTION_SHIFT) - 1;
        memcpy(writer->bytes.ptr + section->offset + at % (section->length - 3), bytes + 4, 4);
    }
}

static void use(const struct fl_encoder *encoder)
{
    static const uint64_t words[] = {0, 1, 2, 7, UINT64_C(1) << 50, UINT64_MAX};
    const struct fl_kernels *kernels = fl_kernels_select("scalar");
    size_t dim = fl_encoder_dim(encoder);
    float *sum = calloc(dim, sizeof *sum);
    int8_t *vector = calloc(dim, 1);
    uint32_t grams[] = {0, 3, UINT32_MAX};
    if (!sum || !vector)
        abort();
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        uint32_t row = fl_wordvec_find(&encoder->words, words[i]);
        if (row != FL_WORDVEC_NONE)
            fl_wordvec_add_word(&encoder->words, kernels, row, encoder->weights[i], sum);
    }
    fl_wordvec_add_grams(&encoder->words, kernels, grams, 3, 1, sum);
    fl_encoder_finish(encoder, kernels, sum, vector);
    free(sum);
    free(vector);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fl_model_writer writer = {0};
    struct fl_buf buf = {0};
    struct fl_encoder encoder;
    add_valid(&writer);
    change(&writer, bytes, len);
    if (fl_model_writer_finish(&writer, FL_ENCODER_KIND, &buf))
        abort();
    void *image = aligned_alloc(FL_MODEL_ALIGN,
                                (buf.len + FL_MODEL_ALIGN - 1) / FL_MODEL_ALIGN * FL_MODEL_ALIGN);
    if (!image)
        abort();
    memcpy(image, buf.ptr, buf.len);
    if (!fl_encoder_view(&encoder, image, buf.len, NULL)) {
        use(&encoder);
        fl_encoder_close(&encoder);
    }
    free(image);
    fl_buf_destroy(&buf);
    fl_model_writer_destroy(&writer);
    return 0;
}
