/* windows.c: see windows.h; training is in windows_train.c. */
#include "classify/windows.h"

#include <math.h>
#include <string.h>

static size_t aligned(size_t bytes)
{
    return (bytes + FL_LINEAR_ALIGN - 1) & ~(size_t)(FL_LINEAR_ALIGN - 1);
}

/* --- running --- */

uint32_t fl_windows_find(const uint64_t *hash, uint32_t words, uint64_t wanted)
{
    uint32_t low = 0, high = words;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (hash[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < words && hash[low] == wanted ? low : FL_WORDVEC_NONE;
}

/* The scratch, cut up. */
struct workspace {
    const int8_t *parts[FL_WINDOWS_MAX_WORDS]; /* NULL: an empty place */
    float scale[FL_WINDOWS_MAX_WORDS];
    uint32_t words;
    float *product; /* [places · filters] */
    float *value;   /* [stride] */
    float *window;  /* [filters] */
    int8_t *packed; /* [stride] */
    int8_t *made;   /* [FL_WINDOWS_MAX_WORDS][places · filters] */
};

size_t fl_windows_scratch_bytes(const struct fl_windows *windows)
{
    size_t row = (size_t)FL_WINDOWS_PLACES * windows->filters;
    return aligned(row * sizeof(float)) + aligned(windows->stride * sizeof(float)) +
           aligned(windows->filters * sizeof(float)) + aligned(windows->stride) +
           aligned(FL_WINDOWS_MAX_WORDS * row);
}

static void cut_scratch(const struct fl_windows *windows, void *scratch, struct workspace *w)
{
    size_t row = (size_t)FL_WINDOWS_PLACES * windows->filters;
    char *at = scratch;
    w->product = (float *)(void *)at;
    at += aligned(row * sizeof(float));
    w->value = (float *)(void *)at;
    at += aligned(windows->stride * sizeof(float));
    w->window = (float *)(void *)at;
    at += aligned(windows->filters * sizeof(float));
    w->packed = (int8_t *)at;
    at += aligned(windows->stride);
    w->made = (int8_t *)at;
}

/* The parts of the input's words: stored, multiplied out, or none. */
static void find_parts(const struct fl_windows *m, const struct fl_kernels *kernels,
                       const struct fl_input *input, struct workspace *w)
{
    size_t row = (size_t)FL_WINDOWS_PLACES * m->filters;
    w->words = input->word_count < FL_WINDOWS_MAX_WORDS ? input->word_count : FL_WINDOWS_MAX_WORDS;
    for (uint32_t i = 0; i < w->words; i++) {
        uint32_t word = fl_windows_find(m->hash, m->words, input->word[i]);
        w->parts[i] = NULL;
        if (word != FL_WORDVEC_NONE) {
            w->parts[i] = m->parts + word * row;
            w->scale[i] = m->scale[word];
            continue;
        }
        word = m->dim ? fl_wordvec_find(&m->vectors, input->word[i]) : FL_WORDVEC_NONE;
        if (word == FL_WORDVEC_NONE)
            continue;
        int8_t *made = w->made + i * row;
        kernels->matvec_i8(m->filter, m->filter_scale, m->vectors.word + (size_t)word * m->dim,
                           m->vectors.word_scale[word], NULL, w->product, row, m->dim);
        w->scale[i] = kernels->quantize(w->product, made, row);
        w->parts[i] = made;
    }
}

/* value[width] = the maximum over all places of the window, those over the edges included. */
static void slide(const struct fl_windows *m, const struct fl_kernels *kernels, uint32_t width,
                  struct workspace *w)
{
    uint32_t n = m->filters;
    const float *bias = m->bias + (size_t)width * n;
    float *value = w->value + (size_t)width * n;
    for (uint32_t f = 0; f < n; f++)
        value[f] = 0; /* relu */
    if (w->words == 0)
        kernels->max(value, bias, n);
    for (uint32_t begin = 0; begin < w->words + width; begin++) {
        memcpy(w->window, bias, n * sizeof *w->window);
        for (uint32_t place = 0; place <= width; place++) {
            uint32_t word = begin + place; /* counted from `width` before the first */
            if (word < width || word - width >= w->words || !w->parts[word - width])
                continue;
            word -= width;
            kernels->fma_i8(w->window, w->scale[word],
                            w->parts[word] + (size_t)fl_windows_place(width, place) * n, n);
        }
        kernels->max(value, w->window, n);
    }
}

void fl_windows_run(const struct fl_windows *windows, const struct fl_kernels *kernels,
                    const struct fl_input *input, void *scratch, float *logits)
{
    struct workspace w;
    cut_scratch(windows, scratch, &w);
    find_parts(windows, kernels, input, &w);
    memset(w.value, 0, windows->stride * sizeof *w.value);
    for (uint32_t width = 0; width < FL_WINDOWS_WIDTHS; width++)
        slide(windows, kernels, width, &w);
    float scale = kernels->quantize(w.value, w.packed, windows->stride);
    kernels->matvec_i8(windows->out, windows->out_scale, w.packed, scale, windows->out_bias, logits,
                       windows->labels, windows->stride);
}

/* --- files --- */

struct head {
    uint32_t labels, filters, words, dim;
};

static void save_vectors(const struct fl_wordvec *vectors, struct fl_model_writer *writer)
{
    fl_model_writer_add(writer, "head", &vectors->head, sizeof vectors->head);
    fl_model_writer_add(writer, "hash", vectors->hash, vectors->head.words * sizeof *vectors->hash);
    fl_model_writer_add(writer, "first", vectors->first,
                        ((1 << FL_WORDVEC_DIRECTORY_BITS) + 1) * sizeof *vectors->first);
    fl_model_writer_add(writer, "wscale", vectors->word_scale,
                        vectors->head.words * sizeof *vectors->word_scale);
    fl_model_writer_add(writer, "word", vectors->word,
                        (size_t)vectors->head.words * vectors->head.dim);
    fl_model_writer_add(writer, "gscale", vectors->gram_scale,
                        ((size_t)1 << vectors->head.gram_bits) * sizeof *vectors->gram_scale);
    fl_model_writer_add(writer, "gram", vectors->gram,
                        ((size_t)1 << vectors->head.gram_bits) * vectors->head.dim);
}

void fl_windows_save(const struct fl_windows *m, struct fl_model_writer *writer)
{
    struct head head = {m->labels, m->filters, m->words, m->dim};
    size_t row = (size_t)FL_WINDOWS_PLACES * m->filters;
    fl_model_writer_add(writer, "w.head", &head, sizeof head);
    fl_model_writer_add(writer, "w.hash", m->hash, m->words * sizeof *m->hash);
    fl_model_writer_add(writer, "w.scale", m->scale, m->words * sizeof *m->scale);
    fl_model_writer_add(writer, "w.parts", m->parts, m->words * row);
    fl_model_writer_add(writer, "w.bias", m->bias, m->values * sizeof *m->bias);
    fl_model_writer_add(writer, "w.out", m->out, (size_t)m->labels * m->stride);
    fl_model_writer_add(writer, "w.oscale", m->out_scale, m->labels * sizeof *m->out_scale);
    fl_model_writer_add(writer, "w.obias", m->out_bias, m->labels * sizeof *m->out_bias);
    if (m->dim == 0)
        return;
    fl_model_writer_add(writer, "w.filter", m->filter, row * m->dim);
    fl_model_writer_add(writer, "w.fscale", m->filter_scale, row * sizeof *m->filter_scale);
    save_vectors(&m->vectors, writer);
}

static int read_head(const struct fl_model_file *file, uint32_t labels, struct fl_windows *m,
                     struct fl_err *err)
{
    const void *bytes;
    size_t got;
    struct head head;
    int rc = fl_model_file_section(file, "w.head", sizeof head, 1, &bytes, &got, err);
    if (rc)
        return rc;
    memcpy(&head, bytes, sizeof head);
    if (head.labels != labels || head.filters == 0 || head.filters > FL_WINDOWS_MAX_FILTERS ||
        head.words > FL_WINDOWS_MAX_VOCABULARY || head.dim > FL_WORDVEC_MAX_DIM)
        return fl_err_set(err, FL_ECORRUPT, "the model of word windows has an impossible shape");
    m->labels = labels;
    m->filters = head.filters;
    m->words = head.words;
    m->dim = head.dim;
    m->values = FL_WINDOWS_WIDTHS * head.filters;
    m->stride = (uint32_t)aligned(m->values);
    return 0;
}

/* A section of bytes, words' hashes or floats; sets the pointer that `ret_pointer` points to. */
static int read_section(const struct fl_model_file *file, const char *name, size_t unit,
                        size_t count, void *ret_pointer, struct fl_err *err)
{
    const void *bytes;
    size_t got;
    int rc = fl_model_file_section(file, name, unit, count, &bytes, &got, err);
    if (rc)
        return rc;
    const float *floats = bytes;
    for (size_t i = 0; unit == sizeof(float) && i < count; i++)
        if (!isfinite(floats[i]))
            return fl_err_set(err, FL_ECORRUPT, "section '%s' holds what is no number", name);
    memcpy(ret_pointer, &bytes, sizeof bytes);
    return 0;
}

static int read_vectors(const struct fl_model_file *file, struct fl_windows *m, struct fl_err *err)
{
    size_t row = (size_t)FL_WINDOWS_PLACES * m->filters;
    int rc = read_section(file, "w.filter", 1, row * m->dim, &m->filter, err);
    if (!rc)
        rc = read_section(file, "w.fscale", sizeof(float), row, &m->filter_scale, err);
    if (!rc)
        rc = fl_wordvec_read(&m->vectors, file, err);
    if (!rc && m->vectors.head.dim != m->dim)
        rc = fl_err_set(err, FL_ECORRUPT, "the word vectors do not fit their filters");
    return rc;
}

int fl_windows_read(struct fl_windows *ret_windows, const struct fl_model_file *file,
                    uint32_t labels, struct fl_err *err)
{
    struct fl_windows m = {0};
    int rc = read_head(file, labels, &m, err);
    size_t row = (size_t)FL_WINDOWS_PLACES * m.filters;
    const struct {
        const char *name;
        size_t unit, count;
        void *pointer;
    } sections[] = {
        {"w.hash", sizeof(uint64_t), m.words, &m.hash},
        {"w.scale", sizeof(float), m.words, &m.scale},
        {"w.parts", 1, m.words * row, &m.parts},
        {"w.bias", sizeof(float), m.values, &m.bias},
        {"w.out", 1, (size_t)labels * m.stride, &m.out},
        {"w.oscale", sizeof(float), labels, &m.out_scale},
        {"w.obias", sizeof(float), labels, &m.out_bias},
    };
    for (size_t i = 0; !rc && i < sizeof sections / sizeof *sections; i++)
        rc = read_section(file, sections[i].name, sections[i].unit, sections[i].count,
                          sections[i].pointer, err);
    if (!rc && m.dim)
        rc = read_vectors(file, &m, err);
    if (!rc)
        *ret_windows = m;
    return rc;
}
