/* windows_pack.c: the members of a model of word windows become one in 8 bits. */
#include "classify/windows.h"

#include <stdlib.h>
#include <string.h>

/* A model that owns its numbers. */
struct packed {
    struct fl_windows windows; /* first: what callers hold */
    uint64_t *hash;
    float *scale, *bias, *out_scale, *out_bias, *filter_scale;
    int8_t *parts, *out, *filter;
};

void fl_windows_free(struct fl_windows *windows)
{
    struct packed *p = (struct packed *)windows;
    if (!p)
        return;
    free(p->hash);
    free(p->scale);
    free(p->bias);
    free(p->out_scale);
    free(p->out_bias);
    free(p->filter_scale);
    free(p->parts);
    free(p->out);
    free(p->filter);
    free(p);
}

static struct packed *allocate(const struct fl_windows_parts *parts,
                               const struct fl_wordvec *vectors)
{
    struct packed *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    struct fl_windows *w = &p->windows;
    *w = (struct fl_windows){.labels = parts->labels,
                             .filters = FL_WINDOWS_MEMBERS * parts->filters,
                             .words = parts->words,
                             .dim = vectors ? parts->dim : 0};
    w->values = FL_WINDOWS_WIDTHS * w->filters;
    w->stride = (w->values + FL_LINEAR_ALIGN - 1) / FL_LINEAR_ALIGN * FL_LINEAR_ALIGN;
    size_t row = (size_t)FL_WINDOWS_PLACES * w->filters;
    w->hash = p->hash = calloc((size_t)w->words + 1, sizeof *p->hash);
    w->scale = p->scale = calloc((size_t)w->words + 1, sizeof *p->scale);
    w->parts = p->parts = calloc(w->words + 1, row);
    w->bias = p->bias = calloc(w->values, sizeof *p->bias);
    w->out = p->out = calloc(w->labels, w->stride);
    w->out_scale = p->out_scale = calloc(w->labels, sizeof *p->out_scale);
    w->out_bias = p->out_bias = calloc(w->labels, sizeof *p->out_bias);
    w->filter = p->filter = calloc(row, (size_t)w->dim + 1);
    w->filter_scale = p->filter_scale = calloc(row, sizeof *p->filter_scale);
    if (vectors)
        w->vectors = *vectors;
    if (p->hash && p->scale && p->parts && p->bias && p->out && p->out_scale && p->out_bias &&
        p->filter && p->filter_scale)
        return p;
    fl_windows_free(w);
    return NULL;
}

/* Members lie side by side within each place and width. */
static void pack_words(struct packed *p, const struct fl_windows_parts *parts,
                       const struct fl_kernels *kernels, float *row, float *product)
{
    uint32_t n = parts->filters, all = p->windows.filters;
    for (uint32_t word = 0; word < parts->words; word++) {
        for (size_t m = 0; m < FL_WINDOWS_MEMBERS; m++) {
            memset(product, 0, (size_t)FL_WINDOWS_PLACES * n * sizeof *product);
            kernels->matvec_t(parts->member[m].filter,
                              parts->member[m].vector + (size_t)word * parts->dim, product,
                              parts->dim, (size_t)FL_WINDOWS_PLACES * n);
            for (size_t place = 0; place < FL_WINDOWS_PLACES; place++)
                memcpy(row + place * all + m * n, product + place * n, n * sizeof *row);
        }
        p->scale[word] = kernels->quantize(row, p->parts + (size_t)word * FL_WINDOWS_PLACES * all,
                                           (size_t)FL_WINDOWS_PLACES * all);
        p->hash[word] = parts->hash[word];
    }
}

static void pack_filters(struct packed *p, const struct fl_windows_parts *parts,
                         const struct fl_kernels *kernels, float *column)
{
    uint32_t n = parts->filters, all = p->windows.filters;
    for (size_t place = 0; place < FL_WINDOWS_PLACES; place++)
        for (uint32_t f = 0; f < all; f++) {
            const float *filter = parts->member[f / n].filter + place * n + f % n;
            for (uint32_t d = 0; d < parts->dim; d++)
                column[d] = filter[(size_t)d * FL_WINDOWS_PLACES * n];
            size_t at = (size_t)place * all + f;
            p->filter_scale[at] =
                kernels->quantize(column, p->filter + at * parts->dim, parts->dim);
        }
}

static void pack_out(struct packed *p, const struct fl_windows_parts *parts,
                     const struct fl_kernels *kernels, float *row)
{
    uint32_t n = parts->filters, all = p->windows.filters;
    for (uint32_t l = 0; l < parts->labels; l++) {
        for (uint32_t width = 0; width < FL_WINDOWS_WIDTHS; width++)
            for (uint32_t f = 0; f < all; f++)
                row[width * all + f] =
                    parts->member[f / n].out[((size_t)l * FL_WINDOWS_WIDTHS + width) * n + f % n] /
                    FL_WINDOWS_MEMBERS;
        p->out_scale[l] =
            kernels->quantize(row, p->out + (size_t)l * p->windows.stride, p->windows.values);
        for (unsigned m = 0; m < FL_WINDOWS_MEMBERS; m++)
            p->out_bias[l] += parts->member[m].out_bias[l] / FL_WINDOWS_MEMBERS;
    }
    for (uint32_t width = 0; width < FL_WINDOWS_WIDTHS; width++)
        for (uint32_t f = 0; f < all; f++)
            p->bias[width * all + f] = parts->member[f / n].bias[width * n + f % n];
}

struct fl_windows *fl_windows_pack(const struct fl_windows_parts *parts,
                                   const struct fl_wordvec *vectors)
{
    const struct fl_kernels *kernels = fl_kernels_select(NULL);
    struct packed *p = allocate(parts, vectors);
    size_t row = (size_t)FL_WINDOWS_PLACES * FL_WINDOWS_MEMBERS * parts->filters;
    float *scratch = calloc(2 * row + parts->dim, sizeof *scratch);
    if (!p || !scratch) {
        free(scratch);
        fl_windows_free(p ? &p->windows : NULL);
        return NULL;
    }
    pack_words(p, parts, kernels, scratch, scratch + row);
    if (vectors)
        pack_filters(p, parts, kernels, scratch + 2 * row);
    pack_out(p, parts, kernels, scratch);
    free(scratch);
    return &p->windows;
}
