/* bench_sets.h: the labelled data sets in a folder.
 *
 *   FOLDER/mcp/catalogs                  with FOLDER/mcp/searches.jsonl and
 * FOLDER/mcp/requests.jsonl FOLDER/tools/NAME/catalog.jsonl      with
 * FOLDER/tools/NAME/queries.jsonl, in the order of names all of them as one catalogue         with
 * all their queries
 */
#ifndef FL_BENCH_SETS_H
#define FL_BENCH_SETS_H

#include "base/arena.h"
#include "eval/eval_file.h"

enum { BENCH_SETS_MAX = 64 };

struct bench_set {
    const char *name;
    const char *catalogs[BENCH_SETS_MAX];
    const char *queries[BENCH_SETS_MAX];
    uint32_t catalog_count, query_file_count;
};

struct bench_sets {
    struct fl_arena arena;
    struct bench_set items[BENCH_SETS_MAX];
    uint32_t count;
    struct bench_set all;
};

/* What is not there is left out; without any set it says so on stderr and exits. */
void bench_sets_find(struct bench_sets *sets, const char *folder);
void bench_sets_destroy(struct bench_sets *sets);

/* The folder of the first argument or of FORELOAD_DATA; without either it exits. */
const char *bench_data_folder(int argc, char **argv);

/* The engine with the set's catalogue in use, token tables if `tables` is not NULL, and the encoder
 * that FORELOAD_ENCODER names, if any. Exits on failure. */
struct fl_engine *bench_set_load(const struct bench_set *set, const char *tables);

#endif
