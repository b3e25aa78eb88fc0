/* train_encoder.c: the part of the host API that makes model files from data. */
#include "base/os.h"
#include "engine/engine.h"
#include "foreload/foreload.h"
#include "study/encoder_make.h"

#include <stdio.h>

_Static_assert((int)FL_ENCODER_SETS_MAX == (int)FL_STUDY_MAX_SETS,
               "room for each set that may be left out");
_Static_assert(sizeof((struct fl_encoder_set *)0)->name == FL_STUDY_NAME_BYTES, "and for its name");

static const struct {
    uint32_t epochs, threads;
} DEFAULTS = {3, 2};
enum { MOST_EPOCHS = 1000, MOST_THREADS = 64 };

void fl_train_encoder_options_init(struct fl_train_encoder_options *options)
{
    *options = (struct fl_train_encoder_options){.struct_size = sizeof *options,
                                                 .seed = 1,
                                                 .epochs = DEFAULTS.epochs,
                                                 .threads = DEFAULTS.threads};
}

static bool progress(void *ctx, enum fl_encoder_stage stage, float done, float loss)
{
    static const char *const stages[] = {"reading", "word vectors", "pairs"};
    const struct fl_train_encoder_options *options = ctx;
    return options->progress && options->progress(options->ctx, stages[stage], done, loss);
}

static void report(const struct fl_encoder_made *made, struct fl_train_encoder_result *result)
{
    *result = (struct fl_train_encoder_result){
        .texts = made->texts,
        .tokens = made->tokens,
        .pairs = made->pairs,
        .words = made->rows,
        .encoder_bytes = made->encoder.len,
        .words_bytes = made->words.len,
        .data_fingerprint = made->fingerprint,
        .left_out_count = made->left_out_count,
    };
    for (unsigned i = 0; i < made->left_out_count; i++) {
        const struct fl_measure *measure = &made->left_out[i].measure;
        struct fl_encoder_set *set = &result->left_out[i];
        memcpy(set->name, made->left_out[i].name, sizeof set->name);
        set->queries = measure->queries;
        set->tools = measure->documents;
        set->recall5 = measure->recall5;
        set->complete10 = measure->complete10;
        set->chance5 = measure->chance5;
    }
}

static int write_files(const struct fl_train_encoder_options *options,
                       const struct fl_encoder_made *made, struct fl_err *err)
{
    int rc = 0;
    if (options->words)
        rc = fl_os_write_file(options->words, made->words.ptr, made->words.len, err);
    if (!rc && options->out)
        rc = fl_os_write_file(options->out, made->encoder.ptr, made->encoder.len, err);
    return rc;
}

int fl_train_encoder(struct fl_engine *engine, const struct fl_train_encoder_options *options,
                     struct fl_train_encoder_result *ret_result, struct fl_err *err)
{
    if (!options || options->struct_size != sizeof *options || !options->folder_count ||
        !options->epochs || options->epochs > MOST_EPOCHS || !options->threads ||
        options->threads > MOST_THREADS)
        return fl_err_set(err, FL_EINVAL, "training needs folders, 1 to %d epochs, 1 to %d threads",
                          MOST_EPOCHS, MOST_THREADS);
    struct fl_encoder_recipe recipe = {
        .folders = options->folders,
        .folder_count = options->folder_count,
        .left_out = options->left_out,
        .left_out_count = options->left_out_count,
        .seed = options->seed,
        .epochs = options->epochs,
        .threads = options->threads,
        .progress = progress,
        .ctx = (void *)options,
    };
    fl_time start = fl_clock_now(&engine->clock);
    struct fl_encoder_made made;
    int rc = fl_encoder_make(&recipe, engine->kernels, &made, err);
    if (rc)
        return rc;
    report(&made, ret_result);
    ret_result->seconds = (double)(fl_clock_now(&engine->clock) - start) / 1e6;
    rc = write_files(options, &made, err);
    fl_encoder_made_destroy(&made);
    return rc;
}
