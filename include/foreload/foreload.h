/* foreload.h: the host API of libforeload.
 *
 * A program gives the engine a catalogue (stored, or from files) and asks it which tools a request
 * needs. Every struct that a caller fills begins with `struct_size`; fl_…_init sets it and the
 * defaults, and later versions only add fields at the end.
 *
 *   struct fl_options options;
 *   fl_options_init(&options);
 *   struct fl_engine *engine = NULL;
 *   struct fl_err err;
 *   if (fl_engine_create(&options, &engine, &err) || fl_engine_load_stored(engine, &err))
 *       …err.message…
 *   struct fl_request request;
 *   fl_request_init(&request, "open a pull request with my changes");
 *   struct fl_selection *selection = NULL;
 *   if (fl_select(engine, &request, &selection, &err) == 0)
 *       for (size_t i = 0; i < fl_selection_count(selection); i++)
 *           …fl_selection_choice(selection, i)->name…
 *   fl_selection_free(selection);
 *   fl_engine_free(engine);
 *
 * Texts are UTF-8 and NUL-terminated unless a length stands beside them. Functions return 0 or a
 * negative enum fl_code; `err` may be NULL. All functions may be called from any thread unless
 * they say otherwise; none but those that import or refresh blocks on anything but memory and disk.
 */
#ifndef FORELOAD_FORELOAD_H
#define FORELOAD_FORELOAD_H

#include "foreload/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FL_VERSION "0.1.0"

FL_API const char *fl_version(void); /* of the library in use */

/* --- choices that users name --- */

/* Points on one curve of tokens exposed against needed tools present. */
enum fl_strategy {
    FL_STRATEGY_CONSERVATIVE, /* exposes most, misses least */
    FL_STRATEGY_BALANCED,
    FL_STRATEGY_AGGRESSIVE,
};

enum fl_encoding { FL_ENCODING_O200K_BASE, FL_ENCODING_CL100K_BASE };

/* How a client sends a tool to a model:
 *   MCP        the tools/list object as the server gave it
 *   ANTHROPIC  {"name","description","input_schema"}
 *   OPENAI     {"type":"function","function":{"name","description","parameters"}} */
enum fl_tool_form { FL_TOOL_FORM_MCP, FL_TOOL_FORM_ANTHROPIC, FL_TOOL_FORM_OPENAI };

/* Who computes the answers of a learned model: Foreload, or an installed ONNX Runtime. */
enum fl_runtime { FL_RUNTIME_NATIVE, FL_RUNTIME_ONNX };

/* Where the runtime is not native. Whatever is wrong with it is told, and Foreload computes. */
struct fl_runtime_options {
    enum fl_runtime runtime;
    const char *execution_provider; /* "cpu", "cuda", "coreml", "openvino", …; NULL: "cpu" */
    const char *onnx_library;       /* path; NULL: libonnxruntime.so under its usual names */
};

/* The name that users write, and back; NULL or a negative code for what is not there. */
FL_API const char *fl_strategy_name(enum fl_strategy strategy);
FL_API const char *fl_encoding_name(enum fl_encoding encoding);
FL_API const char *fl_tool_form_name(enum fl_tool_form form);
FL_API int fl_strategy_parse(const char *name, enum fl_strategy *ret_strategy);
FL_API int fl_encoding_parse(const char *name, enum fl_encoding *ret_encoding);
FL_API int fl_tool_form_parse(const char *name, enum fl_tool_form *ret_form);

/* --- the engine --- */

struct fl_engine;

enum fl_message_level { FL_MESSAGE_DEBUG, FL_MESSAGE_INFO, FL_MESSAGE_WARNING };

struct fl_options {
    size_t struct_size;
    /* Folder of all state (catalogue database); it is made when something is stored. NULL: nothing
     * is stored, and what needs the store is -FL_ENOTSUP. */
    const char *home;
    /* Folder with o200k_base.bpe and cl100k_base.bpe. NULL or without them: token counts are
     * estimates, and marked so. */
    const char *tables;
    /* The environment, for placeholders of client configurations. NULL: nothing is expanded. */
    const char *(*getenv)(void *ctx, const char *name);
    /* What a person may want to know beside errors; any thread, one line. NULL: nobody listens. */
    void (*message)(void *ctx, enum fl_message_level level, const char *line);
    void *ctx;
    /* The instruction set to compute with: "avx512", "avx2", "neon", "scalar". NULL or "": the best
     * that this processor runs. */
    const char *isa;
    /* File of the text encoder, by which requests find tools that share no word with them. NULL:
     * tools are ranked by words alone, and so they are, with a warning, where it cannot be used. */
    const char *encoder;
    /* Learning from use: without it nothing is learned, and what was learned is not used. */
    bool no_learning;
    uint32_t history;       /* requests to learn from, 1–1,000,000; 0: 1,000 */
    uint32_t retrain_every; /* samples; 0: 100 */
};

FL_API void fl_options_init(struct fl_options *options);

/* Copies the options. -FL_EINVAL, -FL_ENOMEM; -FL_ENOTSUP for an instruction set that this
 * processor does not run. Token tables are opened when first needed: a damaged one is -FL_ECORRUPT
 * then. */
FL_API int fl_engine_create(const struct fl_options *options, struct fl_engine **ret_engine,
                            struct fl_err *err);
/* No call may be running. Pinned snapshots and selections stay valid. NULL is accepted. */
FL_API void fl_engine_free(struct fl_engine *engine);

/* The name of the instruction set that an engine with this option computes with. NULL and
 * -FL_ENOTSUP in `err`, with the names that there are, when this processor does not run it. Static.
 */
FL_API const char *fl_isa_choose(const char *isa, struct fl_err *err);
/* All that this processor runs, best first: "avx512, avx2, scalar". Static. */
FL_API const char *fl_isa_available(void);

/* --- reports: what was found in the input, item by item --- */

enum fl_report_level { FL_REPORT_NOTE, FL_REPORT_WARNING, FL_REPORT_ERROR };

struct fl_report_item {
    enum fl_report_level level;
    int code;            /* enum fl_code, or 0 for a note that is no fault */
    const char *path;    /* the file, or "" */
    unsigned line;       /* 1-based, or 0 */
    const char *subject; /* component, tool or key, or "" */
    const char *message;
};

struct fl_report;

FL_API void fl_report_free(struct fl_report *report);
FL_API size_t fl_report_count(const struct fl_report *report);
FL_API const struct fl_report_item *fl_report_item(const struct fl_report *report, size_t index);
FL_API size_t fl_report_errors(const struct fl_report *report);
FL_API size_t fl_report_warnings(const struct fl_report *report);
FL_API size_t fl_report_dropped(const struct fl_report *report); /* not kept: too many */

/* --- filling the catalogue --- */

/* Makes the stored catalogue the engine's. -FL_ENOENT when nothing was ever stored; -FL_ECORRUPT,
 * -FL_EVERSION, -FL_EIO, -FL_ENOMEM. The catalogue in use stays until the new one is complete. */
FL_API int fl_engine_load_stored(struct fl_engine *engine, struct fl_err *err);

/* The same from files and folders in any of the catalogue forms, without the store. Tools of MCP
 * servers in client configurations come from the store where it has them. `ret_report` may be NULL;
 * it is set on success and on failure. */
FL_API int fl_engine_load_files(struct fl_engine *engine, const char *const *paths, size_t count,
                                struct fl_report **ret_report, struct fl_err *err);

enum fl_import_state {
    FL_IMPORT_STARTED,   /* a server is being started */
    FL_IMPORT_ADDED,     /* new in the store */
    FL_IMPORT_UNCHANGED, /* lists what it listed before */
    FL_IMPORT_CHANGED,
    FL_IMPORT_FAILED,
    FL_IMPORT_SKIPPED, /* disabled, or this program itself */
};

struct fl_import_event {
    enum fl_import_state state;
    const char *component;
    const char *reason;      /* why it failed, was skipped, or what changed; or "" */
    uint32_t tools;          /* listed */
    uint32_t elapsed_ms;     /* from start to the whole list */
    uint64_t resident_bytes; /* of its process tree then (PSS); 0: not measured */
    uint32_t done, total;    /* components */
};

struct fl_import_options {
    size_t struct_size;
    unsigned parallel;         /* servers at once; 0: 4 */
    uint32_t start_timeout_ms; /* 0: 30,000 */
    bool list_servers;         /* false: configurations are read, but no server is started */
    const char *self_program;  /* entries that would start this program are skipped; or NULL */
    /* Called on the calling thread; either may be NULL. `canceled` is polled. */
    void (*progress)(void *ctx, const struct fl_import_event *event);
    bool (*canceled)(void *ctx);
    void *ctx;
};

FL_API void fl_import_options_init(struct fl_import_options *options);

/* Reads the files, starts every MCP server in them once for its tools, and stores the result:
 * components that are in the store but not in the files stay. Then the engine uses the stored
 * catalogue. What failed is in the report; the rest is stored. Blocks. */
FL_API int fl_engine_import(struct fl_engine *engine, const char *const *paths, size_t count,
                            const struct fl_import_options *options, struct fl_report **ret_report,
                            struct fl_err *err);

/* Lists the named components (all MCP ones for count 0) again from the files that they came from.
 * -FL_ENOENT names one that is not stored. Blocks. */
FL_API int fl_engine_refresh(struct fl_engine *engine, const char *const *components, size_t count,
                             const struct fl_import_options *options, struct fl_report **ret_report,
                             struct fl_err *err);

/* Removes a component and its tools from the store and from the catalogue in use. -FL_ENOENT. */
FL_API int fl_engine_remove(struct fl_engine *engine, const char *component, struct fl_err *err);

/* Verifies the store, page by page and row by row, and reports the findings of the catalogue in use
 * (dependencies, cycles, conflicts, name collisions). -FL_ECORRUPT, or 0 with the report. */
FL_API int fl_engine_check(struct fl_engine *engine, struct fl_report **ret_report,
                           struct fl_err *err);

/* Reads a configuration or catalogue file only to report on it; nothing is stored or started. */
FL_API int fl_check_file(const struct fl_options *options, const char *path,
                         struct fl_report **ret_report, struct fl_err *err);

/* --- reading the catalogue --- */

struct fl_snapshot; /* one immutable state of the catalogue; reference-counted */

/* The state in use, or NULL when none was loaded. Unpin when done. */
FL_API struct fl_snapshot *fl_engine_pin(struct fl_engine *engine);
FL_API void fl_snapshot_unpin(struct fl_snapshot *snapshot); /* NULL is accepted */

struct fl_name_span {
    const char *const *items;
    size_t count;
};

struct fl_component_info {
    const char *name, *title, *description, *version; /* NULL where not told, but the name */
    const char *kind;                                 /* "static", "mcp", "native", "worker" */
    const char *priority;                             /* "CORE", "HIGH", "MEDIUM", "LOW" */
    const char *source;                               /* file */
    uint32_t first_tool, tool_count;
    uint64_t tokens; /* of its tools' definitions, MCP form, o200k_base */
    uint64_t memory_bytes;
    uint32_t load_ms;
    int64_t listed_at_s, changed_at_s; /* seconds since 1970; 0: not from the store */
    const char *last_error;            /* of the last listing, or NULL */
    struct fl_name_span keywords;      /* words and phrases that call for it */
    struct fl_name_span depends_on;    /* components */
    struct fl_name_span conflicts;     /* components, as given; a conflict holds both ways */
    struct fl_name_span preload_triggers;
    const char *pool;         /* of memory, or NULL */
    const char *entry;        /* its shared object, or NULL */
    uint32_t idle_timeout_ms; /* 0: the default */
    bool lazy, disabled;
};

struct fl_tool_info {
    const char *name;                /* full: "component/tool" */
    const char *bare_name;           /* as the component calls it */
    const char *title, *description; /* title may be NULL */
    const char *category;
    uint8_t tier; /* 1–3 */
    bool category_inferred, tier_inferred;
    uint32_t component; /* index */
    const char *const *depends_on;
    size_t depends_on_count;
};

/* Valid while the snapshot is pinned. Indices from 0; tools of a component lie side by side. */
FL_API uint32_t fl_snapshot_component_count(const struct fl_snapshot *snapshot);
FL_API uint32_t fl_snapshot_tool_count(const struct fl_snapshot *snapshot);
FL_API void fl_snapshot_component(const struct fl_snapshot *snapshot, uint32_t index,
                                  struct fl_component_info *ret_info);
FL_API void fl_snapshot_tool(const struct fl_snapshot *snapshot, uint32_t index,
                             struct fl_tool_info *ret_info);
/* Full or unique bare name → index. -FL_ENOENT, -FL_EAMBIGUOUS (the message lists the candidates).
 */
FL_API int fl_snapshot_find_tool(const struct fl_snapshot *snapshot, const char *name,
                                 uint32_t *ret_index, struct fl_err *err);
FL_API int fl_snapshot_find_component(const struct fl_snapshot *snapshot, const char *name,
                                      uint32_t *ret_index, struct fl_err *err);
/* The tool's definition as a client sends it: JSON to free() with fl_free. Exposed names are
 * "component__tool" in the Anthropic and OpenAI forms, with what those APIs refuse replaced.
 * -FL_ECHANGED when the definition has to come from the store and was changed there meanwhile. */
FL_API int fl_snapshot_definition(const struct fl_snapshot *snapshot, uint32_t tool,
                                  enum fl_tool_form form, char **ret_json, struct fl_err *err);
/* Tokens of that definition. `ret_estimated` (may be NULL) tells that no table was there. */
FL_API uint32_t fl_snapshot_tool_tokens(const struct fl_snapshot *snapshot, uint32_t tool,
                                        enum fl_tool_form form, enum fl_encoding encoding,
                                        bool *ret_estimated);
FL_API void fl_free(void *memory);

/* --- selecting --- */

enum { FL_REQUEST_MAX_BYTES = 64 << 10, FL_REQUEST_MAX_TOP = 256 };

struct fl_request {
    size_t struct_size;
    const char *text; /* what is wanted */
    size_t text_bytes;
    enum fl_strategy strategy; /* used where budget_tokens and top are 0 */
    uint32_t budget_tokens;    /* definitions may cost this much; the best match is never dropped */
    uint32_t top;              /* exactly the best so many (fewer only where fewer match) */
    enum fl_encoding encoding;
    enum fl_tool_form form;
    /* Select among these tools only (full or bare names); 0: among all. */
    const char *const *candidates;
    size_t candidate_count;
    bool explain;        /* collect the evidence of each choice */
    bool all;            /* loading on demand is switched off: expose everything */
    uint32_t timeout_ms; /* give up ranking and expose everything; 0: never */
};

FL_API void fl_request_init(struct fl_request *request, const char *text);

enum fl_reason {
    FL_REASON_MATCH,      /* fits the request */
    FL_REASON_RULE,       /* a keyword of its own or of its component stands in the request */
    FL_REASON_DEPENDENCY, /* a chosen one depends on it */
    FL_REASON_CORE,       /* tier 1 and given as such: always there */
    FL_REASON_FALLBACK,   /* everything is exposed */
    FL_REASON_LEARNED,    /* was used for requests like this */
};
FL_API const char *fl_reason_name(enum fl_reason reason);

struct fl_choice {
    const char *name; /* full name of a tool, or a component's name where `tool` is UINT32_MAX */
    uint32_t tool;    /* index in the snapshot */
    uint32_t component;
    float confidence; /* calibrated probability that it is needed, 0–1 */
    float score;      /* of the ranking, comparable within one selection only */
    uint32_t tokens;
    enum fl_reason reason;
    const char *because; /* for dependencies: the full name of the one that needs it; else "" */
};

/* Why a choice was made: one matched word. */
struct fl_evidence {
    const char *word;   /* of the request */
    const char *term;   /* the stem that it was matched by */
    const char *way;    /* "word", "synonym", "translation", "spelling", "compound", "literal",
                         * "rule", "name", "meaning", "learned" */
    const char *fields; /* "name, description" */
    float weight;       /* share of the score */
};

struct fl_category_info {
    const char *name;
    float confidence;
};

struct fl_selection_summary {
    uint64_t baseline_tokens; /* all definitions */
    uint64_t exposed_tokens;  /* those of the choices */
    bool estimated;           /* token counts are estimates */
    bool abstained;           /* nothing fits */
    float fit;                /* calibrated probability that anything fits */
    const char *fallback;     /* why everything was exposed, or "" */
    const char *language;     /* "en", "de", … */
    float rank_us, total_us;  /* from the text to the ranking, and to the choices */
};

struct fl_selection; /* immutable */

/* -FL_EINVAL for an empty text, -FL_EUTF8, -FL_ELIMIT for one longer than FL_REQUEST_MAX_BYTES,
 * -FL_ENOENT without a catalogue or for an unknown candidate, -FL_ENOMEM. */
FL_API int fl_select(struct fl_engine *engine, const struct fl_request *request,
                     struct fl_selection **ret_selection, struct fl_err *err);
FL_API void fl_selection_free(struct fl_selection *selection); /* NULL is accepted */

/* All results are valid until the selection is freed. Choices: best first; dependencies directly
 * behind the first that needs them; always there ones last. */
FL_API size_t fl_selection_count(const struct fl_selection *selection);
FL_API const struct fl_choice *fl_selection_choice(const struct fl_selection *selection,
                                                   size_t index);
FL_API size_t fl_selection_evidence_count(const struct fl_selection *selection, size_t choice);
FL_API const struct fl_evidence *fl_selection_evidence(const struct fl_selection *selection,
                                                       size_t choice, size_t index);
FL_API const struct fl_selection_summary *fl_selection_summary(
    const struct fl_selection *selection);
/* Detected categories, most confident first. */
FL_API size_t fl_selection_category_count(const struct fl_selection *selection);
FL_API const struct fl_category_info *fl_selection_category(const struct fl_selection *selection,
                                                            size_t index);
/* The catalogue state that it was made from; pinned by the selection. */
FL_API const struct fl_snapshot *fl_selection_snapshot(const struct fl_selection *selection);

/* --- predicting --- */

/* What users do next is learned from what they did: record every use, ask for the next. Items are
 * tools (by full name) and components. Repeats of an item within a session count once. Only
 * numbers and the names of items are kept; users and sessions are known by hashes. */

enum { FL_PREDICT_MAX_STEPS = 3, FL_PREDICT_MAX_TOP = 32, FL_USE_MAX_NAME_BYTES = 1024 };

struct fl_use {
    size_t struct_size;
    const char *user; /* whose habit it is; NULL or "": that of one unnamed user */
    const char
        *session;     /* where one thread of work begins and ends; NULL or "": one for the user */
    const char *item; /* a tool's full or bare name, or a component */
    int64_t at_ms;    /* since 1970; 0: now */
};

FL_API void fl_use_init(struct fl_use *use, const char *item);

/* Learns that the item was used, in memory, in some ten microseconds; the first call reads
 * HOME/sequences.flm. While a catalogue is loaded the item must be in it: -FL_ENOENT,
 * -FL_EAMBIGUOUS; otherwise the name is taken as it is. A full memory forgets what was worth least.
 * -FL_EINVAL; -FL_ELIMIT for a name that is too long, or past 65,000 items; -FL_ENOMEM. */
FL_API int fl_engine_record_use(struct fl_engine *engine, const struct fl_use *use,
                                struct fl_err *err);

/* Writes what was learned to HOME/sequences.flm, whole or not at all; nothing to write is success.
 * What another process wrote there meanwhile stays: the uses since are learned on top of it.
 * fl_engine_free does not: it could not tell why it failed. Blocks. -FL_ENOTSUP without a home,
 * -FL_EIO, -FL_ENOMEM. */
FL_API int fl_engine_save_uses(struct fl_engine *engine, struct fl_err *err);

/* What spoke most for a prediction. */
enum fl_signal {
    FL_SIGNAL_OWN_SEQUENCE, /* what this user did after the same steps */
    FL_SIGNAL_SEQUENCE,     /* what everybody did after the same steps */
    FL_SIGNAL_RECENCY,      /* used shortly before */
    FL_SIGNAL_FREQUENCY,    /* used often */
    FL_SIGNAL_TIME_OF_DAY,  /* used at this hour */
    FL_SIGNAL_COMPANY,      /* used by others in sessions that are like this one */
    FL_SIGNAL_COUNT,
};
FL_API const char *fl_signal_name(enum fl_signal signal);

struct fl_predict_options {
    size_t struct_size;
    const char *user;
    const char *session; /* NULL or "": the one that the user was last seen in */
    unsigned steps;      /* within how many uses: 1–3 */
    unsigned top;        /* at most so many: 1–FL_PREDICT_MAX_TOP */
    int64_t at_ms;       /* 0: now */
};

FL_API void fl_predict_options_init(struct fl_predict_options *options); /* 1 step, top 5 */

struct fl_predicted {
    const char *name;       /* full name of a tool, or a component */
    const char *component;  /* what would have to be loaded */
    float probability;      /* calibrated: that it is used within the steps asked for */
    float step_probability; /* of it being the very next one */
    unsigned step;          /* at which it is likeliest: 1–3 */
    enum fl_signal signal;
};

struct fl_prediction; /* immutable */

/* An answer is kept for 5 s and given again while nothing was recorded for the session. Nothing
 * learned yet gives an empty one. Items that the catalogue lost meanwhile are left out.
 * -FL_EINVAL, -FL_ENOMEM. */
FL_API int fl_engine_predict(struct fl_engine *engine, const struct fl_predict_options *options,
                             struct fl_prediction **ret_prediction, struct fl_err *err);
FL_API void fl_prediction_free(struct fl_prediction *prediction); /* NULL is accepted */
FL_API size_t fl_prediction_count(const struct fl_prediction *prediction);
/* Most probable first; valid until the prediction is freed. */
FL_API const struct fl_predicted *fl_prediction_item(const struct fl_prediction *prediction,
                                                     size_t index);

/* How good predictions were, from outcomes: each recorded use is held against what would have been
 * predicted just before. Of the last 1,000 or so; NaN before the first. */
struct fl_prediction_accuracy {
    uint64_t uses;           /* recorded in all */
    uint64_t scored;         /* of them with something to predict from */
    double hit1, hit3, hit5; /* share among the first 1, 3, 5 */
    double mrr;
    double brier, ece; /* of the probability of the best one: squared error, calibration error */
    uint64_t users, sessions, items;
    uint64_t bytes; /* of memory */
};
/* Any thread. -FL_ENOMEM, or what reading the file gives. */
FL_API int fl_engine_prediction_accuracy(struct fl_engine *engine,
                                         struct fl_prediction_accuracy *ret_accuracy,
                                         struct fl_err *err);

/* --- learning --- */

/* What was really used teaches which tools a request needs. Samples come from the host: a tool was
 * called for a request, or somebody said that it was the wrong one. The library's own selections
 * are never samples. They are kept in the home's database, the newest `options.history` requests;
 * the newest word on a request wins. Every `options.retrain_every` samples a model is trained in
 * the background, and used from then on if it does no worse on samples held out from training. */

enum { FL_SAMPLE_MAX_NAMES = 16, FL_SAMPLE_MAX_NAME_BYTES = 768 };

struct fl_sample {
    size_t struct_size;
    const char *text; /* the request; of a long one the first 4 KiB count */
    size_t text_bytes;
    /* Tools by their full or unique bare names, components, or any intent of the host's own. */
    const char *const *used;
    size_t used_count;
    const char *const *rejected; /* not these */
    size_t rejected_count;
    bool correction; /* `used` is all that fits; none: nothing does */
    /* For the prediction of what comes next (struct fl_use), where any of them is given. */
    const char *user, *session;
    int64_t at_ms;
};

FL_API void fl_sample_init(struct fl_sample *sample, const char *text);

struct fl_learn_result {
    uint32_t learned;
    uint32_t dropped;         /* older samples that had to make room */
    uint32_t unknown;         /* names that are no tool or component of the catalogue in use */
    uint32_t needed, exposed; /* tools that were used, and those that a selection had offered */
    bool training;            /* enough is new: a model is being trained in the background */
};

/* Learns all of them or, for an error, none; the message names what is wrong. It counts at once, as
 * far as one careful step can make it, and fully after the next training. -FL_EINVAL, -FL_EUTF8,
 * -FL_ELIMIT, -FL_EAMBIGUOUS for a bare name; -FL_ENOTSUP without a home or with learning off;
 * -FL_EBUSY, -FL_EIO, -FL_ECORRUPT, -FL_ENOMEM. Waits for disk. `ret_result` may be NULL. */
FL_API int fl_engine_learn(struct fl_engine *engine, const struct fl_sample *samples, size_t count,
                           struct fl_learn_result *ret_result, struct fl_err *err);

/* The same from JSON Lines: {"text" or "query", "labels" or "gold": [names]}; a row without a name
 * says that nothing fits. Rows that are wrong are findings, and the others are learned. */
FL_API int fl_engine_learn_file(struct fl_engine *engine, const char *path,
                                struct fl_learn_result *ret_result, struct fl_report **ret_report,
                                struct fl_err *err);

/* Forgets all samples and all models, or the sample of one request (what a model knows of it stays
 * until the next training). -FL_ENOENT for a request that was never learned; -FL_ENOTSUP. */
FL_API int fl_engine_forget(struct fl_engine *engine, const char *text, struct fl_err *err);

struct fl_learn_state {
    bool enabled;
    uint32_t samples, history; /* requests in the history, and how many it may have */
    uint32_t held_out, corrected;
    uint32_t labels;
    uint64_t uses;                 /* how often those requests were learned */
    uint32_t fresh, retrain_every; /* samples since the last training */
    uint64_t needed, exposed;      /* tools that were used, and of them those that a selection
                                    * offered just before it was learned: measured, not estimated */
    int64_t generation;            /* of the model in use, or 0 */
    int64_t previous;              /* to which a rollback leads, or 0 */
};
/* -FL_ENOTSUP without a home; what reading the store gives. */
FL_API int fl_engine_learn_state(struct fl_engine *engine, struct fl_learn_state *ret_state,
                                 struct fl_err *err);

struct fl_train_options {
    size_t struct_size;
    void (*progress)(void *ctx, double share); /* 0–1, on the calling thread; or NULL */
    bool (*canceled)(void *ctx);               /* polled; or NULL */
    void *ctx;
};
FL_API void fl_train_options_init(struct fl_train_options *options);

enum fl_model_state {
    FL_MODEL_ACTIVE,   /* in use */
    FL_MODEL_PREVIOUS, /* was in use before: a rollback leads there */
    FL_MODEL_RETIRED,  /* was in use long ago */
    FL_MODEL_REJECTED, /* did worse than the one in use */
};
FL_API const char *fl_model_state_name(enum fl_model_state state);

/* One generation of the model that was learned. */
struct fl_model_info {
    int64_t generation;
    enum fl_model_state state;
    int64_t created_at_s;
    uint32_t trained, held_out, labels; /* samples; labels */
    uint32_t train_ms;
    uint64_t bytes;
    double score;       /* F1 on the held-out samples; NaN: it was not judged */
    double rival_score; /* the same of the model in use then; NaN: there was none */
    const char *reason; /* why it was rejected, or "" */
    const char *path;   /* of its file, or "" */
};

struct fl_model_list; /* immutable */

/* Waits for the training in the background, if there is one. -FL_ECANCELED when `canceled` (may be
 * NULL) said so; the model in use stays then. */
FL_API int fl_engine_finish_training(struct fl_engine *engine, bool (*canceled)(void *ctx),
                                     void *ctx);

/* Trains now, on the calling thread, and tells what came of it: a list with the new generation
 * alone. That it was rejected is no error. -FL_ENOENT without samples; -FL_EBUSY while another
 * process trains; -FL_ECANCELED; -FL_ECHANGED when others changed meanwhile what was learned; as
 * above. */
FL_API int fl_engine_train(struct fl_engine *engine, const struct fl_train_options *options,
                           struct fl_model_list **ret_list, struct fl_err *err);

/* Exchanges the model in use and the one before. -FL_ENOENT without one before. */
FL_API int fl_engine_rollback_model(struct fl_engine *engine, struct fl_err *err);

enum fl_model_form {
    FL_MODEL_FORM_OWN,  /* as it is kept: mapped by this library */
    FL_MODEL_FORM_ONNX, /* for any program that runs ONNX models */
};
/* Writes the model in use to a file. -FL_ENOENT without one, -FL_EIO, -FL_ELIMIT. */
FL_API int fl_engine_export_model(struct fl_engine *engine, enum fl_model_form form,
                                  const char *path, struct fl_err *err);

FL_API int fl_engine_models(struct fl_engine *engine, struct fl_model_list **ret_list,
                            struct fl_err *err);
FL_API void fl_model_list_free(struct fl_model_list *list); /* NULL is accepted */
FL_API size_t fl_model_list_count(const struct fl_model_list *list);
/* Oldest generation first; valid until the list is freed. */
FL_API const struct fl_model_info *fl_model_list_item(const struct fl_model_list *list,
                                                      size_t index);

struct fl_model_eval {
    uint32_t rows;
    uint32_t right, wrong, missing; /* labels, at a probability of ½ and more */
    double exact;                   /* share of rows with all of their labels and no other */
    double precision, recall, f1;
    char runtime[96]; /* who answered: "native", or "ONNX Runtime 1.23.2, cpu" */
};
/* How the model in use answers the held-out samples, or the rows of a file in the form of
 * fl_engine_learn_file, of which nothing is learned. `runtime` may be NULL: native. -FL_ENOENT
 * without a model. */
FL_API int fl_engine_eval_model(struct fl_engine *engine, const char *path,
                                const struct fl_runtime_options *runtime,
                                struct fl_model_eval *ret_eval, struct fl_report **ret_report,
                                struct fl_err *err);

/* --- classifying --- */

/* From these probabilities on, an intent is taken to be meant, and to be certain. */
#define FL_INTENT_LEAST   0.5f
#define FL_INTENT_CERTAIN 0.85f

enum { FL_CLASSIFY_QUEUE = 256, FL_CLASSIFY_MAX_INTENTS = 32 };

struct fl_intent {
    const char *label;
    float probability; /* calibrated */
};

struct fl_classification; /* immutable */

struct fl_classification_summary {
    int64_t generation; /* of the model that answered */
    bool in_scope;      /* the request is of the kind that the model knows */
    float scope_score, scope_threshold;
    bool
        several; /* intents are independent of each other; otherwise their probabilities sum to 1 */
    uint32_t labels;
};

/* The intents of a text, by the model that was learned. -FL_ENOENT without one; -FL_EINVAL,
 * -FL_EUTF8, -FL_ELIMIT as in fl_select; -FL_ENOMEM. */
FL_API int fl_engine_classify(struct fl_engine *engine, const char *text, size_t bytes,
                              struct fl_classification **ret_classification, struct fl_err *err);
FL_API void fl_classification_free(struct fl_classification *classification); /* NULL is accepted */
/* Most probable first, at most FL_CLASSIFY_MAX_INTENTS; valid until it is freed. */
FL_API size_t fl_classification_count(const struct fl_classification *classification);
FL_API const struct fl_intent *fl_classification_intent(
    const struct fl_classification *classification, size_t index);
FL_API const struct fl_classification_summary *fl_classification_summary(
    const struct fl_classification *classification);

struct fl_ticket; /* for an answer that is not there yet */

struct fl_classify_options {
    size_t struct_size;
    uint32_t timeout_ms; /* from now until its turn comes; 0: none */
    /* Called once, on the thread that classifies, with the answer (which is the callee's to free)
     * or with the code why there is none: -FL_ECANCELED when the engine ends. NULL: the ticket is
     * asked. */
    void (*done)(void *ctx, int code, struct fl_classification *classification);
    void *ctx;
};
FL_API void fl_classify_options_init(struct fl_classify_options *options);

/* Leaves the text (which is copied) to another thread and returns at once: it never waits.
 * -FL_EBUSY when FL_CLASSIFY_QUEUE texts wait already; otherwise as fl_engine_classify, but that
 * there is no model is told by the answer. Free the ticket. */
FL_API int fl_engine_classify_async(struct fl_engine *engine, const char *text, size_t bytes,
                                    const struct fl_classify_options *options,
                                    struct fl_ticket **ret_ticket, struct fl_err *err);

/* Takes the answer, waiting for at most so long (0: not at all). -FL_EBUSY: not yet; -FL_ECANCELED,
 * -FL_ETIMEDOUT, -FL_ENOENT; -FL_EINVAL when it went to `done` or was taken before. */
FL_API int fl_ticket_take(struct fl_ticket *ticket, uint32_t wait_ms,
                          struct fl_classification **ret_classification);
/* From its return on, `done` is not called; it waits for one that is running, unless it is called
 * from there. An answer that came already stays. */
FL_API void fl_ticket_cancel(struct fl_ticket *ticket);
/* Lets go of it; a text that still waits is classified all the same if it has a `done`. NULL is
 * accepted. Tickets may outlive their engine. */
FL_API void fl_ticket_free(struct fl_ticket *ticket);

/* --- counting tokens --- */

struct fl_token_count {
    uint64_t tokens;
    bool estimated; /* no table was there */
};

/* -FL_EUTF8 names the first bad byte; -FL_ENOMEM. */
FL_API int fl_count_tokens(const struct fl_engine *engine, enum fl_encoding encoding,
                           const char *text, size_t bytes, struct fl_token_count *ret_count,
                           struct fl_err *err);

/* --- measuring --- */

struct fl_eval_options {
    size_t struct_size;
    const char *queries;      /* file */
    const char *const *train; /* files, learned before */
    size_t train_count;
    enum fl_strategy strategy;
    uint32_t budget_tokens;
    uint32_t top;
    void (*progress)(void *ctx, uint32_t done, uint32_t total); /* or NULL */
    void *ctx;
};
FL_API void fl_eval_options_init(struct fl_eval_options *options);

enum { FL_EVAL_CUTS = 5 }; /* at 1, 3, 5, 10, 20 */

struct fl_eval_result {
    uint32_t queries, tools;
    double recall[FL_EVAL_CUTS], comp[FL_EVAL_CUTS];
    double mrr, map10, ndcg5, ndcg10;
    double needed_percent, reduction_percent;
    double baseline_tokens, exposed_tokens_mean;
    double abstain_precision, abstain_recall; /* NaN where nothing abstained, or nothing should */
    double latency_p50_us, latency_p99_us;
    double build_ms;
    uint64_t index_bytes;
    bool estimated;
};

/* Ranks the catalogue in use for every query of a file; nothing is stored. Bad rows are findings.
 */
FL_API int fl_eval_tools(struct fl_engine *engine, const struct fl_eval_options *options,
                         struct fl_eval_result *ret_result, struct fl_report **ret_report,
                         struct fl_err *err);

/* --- measuring the classifier of intents --- */

enum fl_intent_effort {
    FL_INTENT_EFFORT_FULL,    /* tries every kind of model, keeps what validation finds best */
    FL_INTENT_EFFORT_QUICK,   /* a second or two: the fastest kind alone */
    FL_INTENT_EFFORT_NETWORK, /* the small network alone: some seconds */
};

enum fl_intent_labels {
    FL_INTENT_LABELS_AUTO, /* several if any row has several */
    FL_INTENT_LABELS_ONE,
    FL_INTENT_LABELS_SEVERAL,
};

struct fl_eval_intents_options {
    size_t struct_size;
    const char *const *train; /* files of JSON Lines {"text", "labels", "oos"?, "split"?} */
    size_t train_count;
    const char *test;  /* the same form */
    const char *words; /* file of word vectors (foreload train encoder); NULL: none are known */
    enum fl_intent_effort effort;
    enum fl_intent_labels labels;
    uint64_t seed;
    unsigned threads;                         /* at most; 0: what is useful */
    int (*progress)(void *ctx, double share); /* of the training; not 0: stop. Or NULL */
    void *ctx;
    struct fl_runtime_options runtime;
    /* As in struct fl_options; with the same `ctx`. */
    void (*message)(void *ctx, enum fl_message_level level, const char *line);
};
FL_API void fl_eval_intents_options_init(struct fl_eval_intents_options *options);

/* Shares are NaN where there are no rows that they are shares of. */
struct fl_eval_intents_result {
    uint32_t rows, labels, train_rows;
    double accuracy;      /* rows in scope answered rightly at the threshold */
    double accuracy_top1; /* the same without a threshold */
    double oos_recall, oos_precision, auroc;
    double exact_match, f1_micro, f1_macro;
    double ece;       /* expected calibration error of rows in scope */
    double threshold; /* that validation chose */
    bool several;     /* labels are independent of each other */
    /* What validation said: accuracy, or micro-F1 where rows have several labels. */
    double validation_linear, validation_words, validation_network;
    double validation_chosen, words_share;
    bool by_network; /* the network answers, and no mixture of the others */
    double validation_kept, validation_oos_recall;
    double train_seconds;
    uint64_t model_bytes;
    double latency_p50_us, latency_p99_us;
    char runtime[96]; /* who answered: "native", or "ONNX Runtime 1.23.2, cpu" */
};

/* Learns from the training files and answers the test file; nothing is stored. Bad rows are
 * findings. -FL_ECANCELED when `progress` said so. */
FL_API int fl_eval_intents(const struct fl_eval_intents_options *options,
                           struct fl_eval_intents_result *ret_result, struct fl_report **ret_report,
                           struct fl_err *err);

/* --- making models --- */

struct fl_train_encoder_options {
    size_t struct_size;
    /* Folders with data: tools/NAME/{catalog,queries}.jsonl, intents/NAME/ (texts only) below them;
     * or WordNet's files, or dictionaries, directly. */
    const char *const *folders;
    size_t folder_count;
    const char *const *left_out; /* tool sets to measure on instead of learning from them */
    size_t left_out_count;
    const char *out;   /* file of the encoder; NULL: it is not kept */
    const char *words; /* file of the word vectors that it starts from; NULL: they are not kept */
    uint64_t seed;
    uint32_t epochs;  /* 1–1000 */
    uint32_t threads; /* 1–64; no influence on the result */
    /* Called now and then; true ends the training with -FL_ECANCELED, before any file was changed.
     */
    bool (*progress)(void *ctx, const char *stage, double done, double loss);
    void *ctx;
};
FL_API void fl_train_encoder_options_init(struct fl_train_encoder_options *options);

enum { FL_ENCODER_SETS_MAX = 64 };

struct fl_train_encoder_result {
    uint32_t texts, tokens, pairs, words;
    uint64_t encoder_bytes, words_bytes;
    uint64_t data_fingerprint; /* another one for other texts */
    double seconds;
    uint32_t left_out_count;
    struct fl_encoder_set {
        char name[48];
        uint32_t queries, tools;
        double recall5;    /* mean share of a query's tools among the best 5 */
        double complete10; /* share of the queries with all their tools among the best 10 */
        double chance5;    /* recall5 of a random order */
    } left_out[FL_ENCODER_SETS_MAX];
};

/* Trains an encoder; the same data, seed, epochs and instruction set make the same bytes. Files are
 * replaced whole, at the end. -FL_EINVAL, -FL_ENOENT, -FL_EPARSE (file and line in `err`),
 * -FL_ELIMIT, -FL_EIO, -FL_ENOMEM, -FL_ECANCELED. Takes minutes. */
FL_API int fl_train_encoder(struct fl_engine *engine,
                            const struct fl_train_encoder_options *options,
                            struct fl_train_encoder_result *ret_result, struct fl_err *err);

/* --- measuring predictions --- */

struct fl_eval_next_options {
    size_t struct_size;
    const char *trace;     /* file: user, time and item a row, with tabs between them */
    double train_fraction; /* so much of the rows, from the first on, is learned and not counted */
    void (*progress)(void *ctx, uint32_t done, uint32_t total); /* or NULL */
    void *ctx;
};
FL_API void fl_eval_next_options_init(struct fl_eval_next_options *options); /* 0.8 */

enum { FL_EVAL_NEXT_CUTS = 3 }; /* at 1, 3, 5 */

struct fl_eval_next_result {
    uint32_t n; /* uses predicted */
    double hit[FL_EVAL_NEXT_CUTS];
    double mrr;
    uint32_t first_n; /* of them a user's first, which nothing of their own tells */
    double first_hit[FL_EVAL_NEXT_CUTS];
    double brier, ece; /* of the calibrated probability of the first prediction */
    double latency_p50_us, latency_p99_us, latency_p999_us; /* ranking the first 5 */
    double learn_p50_us, learn_p99_us;
    uint32_t uses, repeats, users, items; /* of the whole trace; repeats are left out */
    uint64_t model_bytes;
};

/* Predicts every use of a trace, then learns it; nothing is stored. Bad rows are findings.
 * -FL_EPARSE without a usable row, -FL_ELIMIT for more than 65,000 items. */
FL_API int fl_eval_next(const struct fl_eval_next_options *options,
                        struct fl_eval_next_result *ret_result, struct fl_report **ret_report,
                        struct fl_err *err);

/* --- measuring memory --- */

/* Who is kept in memory, and who leaves for another: by recency; by uses; by load time and uses a
 * byte (GreedyDual-Size-Frequency); by the one of these that would have done best lately; the same
 * with predictions of what is used next. */
enum fl_keep_policy {
    FL_KEEP_LRU,
    FL_KEEP_LFU,
    FL_KEEP_GDSF,
    FL_KEEP_HYBRID,
    FL_KEEP_PREDICTION,
    FL_KEEP_COUNT,
};
FL_API const char *fl_keep_policy_name(enum fl_keep_policy policy);

struct fl_eval_residency_options {
    size_t struct_size;
    const char *trace;     /* file of user, time, item */
    const char *sizes;     /* file of item, bytes, milliseconds to load */
    uint64_t budget_bytes; /* a user's memory */
    double budget_percent; /* of the sizes of the user's distinct items, in place of it; 0: not */
    enum fl_keep_policy policy;
    uint32_t preload; /* 1: load ahead of need what is predicted well enough */
};
FL_API void fl_eval_residency_options_init(struct fl_eval_residency_options *options);

struct fl_eval_residency_result {
    uint64_t users, requests; /* that are counted: the first fifth of a user's warms up */
    double miss_ratio, byte_miss_ratio;
    double load_ms_ratio; /* load time waited for, over that without any memory */
    uint64_t preloads, preloads_used;
    double wasted_percent;      /* of preloads; 0 without any */
    double wasted_byte_seconds; /* held by those that were never used */
    double coverage;            /* of what had to be loaded, what a preload had loaded in time */
};

/* Plays a trace against memory of a bounded size, a user at a time as far as memory goes;
 * predictions learn from all rows before. Bad rows and items without a size are findings.
 * -FL_EINVAL for options that mean nothing, -FL_EPARSE when no row can be used, -FL_ENOENT,
 * -FL_EIO, -FL_ELIMIT, -FL_ENOMEM. */
FL_API int fl_eval_residency(const struct fl_eval_residency_options *options,
                             struct fl_eval_residency_result *ret_result,
                             struct fl_report **ret_report, struct fl_err *err);

#ifdef __cplusplus
}
#endif
#endif
