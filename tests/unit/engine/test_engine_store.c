/* test_engine_store.c: catalogues that are kept: import and load; what is stored is what was read.
 */
#include "store_scene.h"

#include "base/os.h"
#include "engine/engine.h"
#include "snapshot/stored.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* --- import --- */

static void nothing_is_stored_without_a_home(void **state)
{
    struct fixture *fixture = *state;
    struct events events;
    fixture_start(fixture);
    assert_int_equal(import(fixture, fixture_write(fixture, "t.jsonl", scene_tools), &events),
                     -FL_ENOTSUP);
    assert_non_null(fixture->report);
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), -FL_ENOTSUP);
    assert_int_equal(fl_engine_remove(fixture->engine, "fs", &fixture->err), -FL_ENOTSUP);
    assert_int_equal(
        fl_engine_refresh(fixture->engine, NULL, 0, NULL, fixture_report(fixture), &fixture->err),
        -FL_ENOTSUP);
    assert_int_equal(fl_engine_check(fixture->engine, fixture_report(fixture), &fixture->err), 0);
    assert_null(fl_engine_pin(fixture->engine));
}

static void nothing_stored_yet(void **state)
{
    struct fixture *fixture = *state;
    const char *name = "fs";
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), -FL_ENOENT);
    assert_non_null(strstr(fixture->err.message, fixture->home));
    assert_int_equal(
        fl_engine_refresh(fixture->engine, &name, 1, NULL, fixture_report(fixture), &fixture->err),
        -FL_ENOENT);
    assert_int_equal(fl_engine_check(fixture->engine, fixture_report(fixture), &fixture->err), 0);
    assert_false(fl_os_exists(fixture->home)); /* reading makes nothing */
    struct fl_report *report = NULL;
    const char *path = fixture_write(fixture, "t.jsonl", scene_tools);
    assert_int_equal(fl_check_file(&fixture->options, path, &report, &fixture->err), 0);
    assert_int_equal(fl_report_errors(report), 0);
    fl_report_free(report);
    assert_false(fl_os_exists(fixture->home));
}

static void import_tells_what_is_new(void **state)
{
    struct fixture *fixture = *state;
    struct events events;
    import_text(fixture, "t.jsonl", scene_tools, &events);
    assert_int_equal(events.count, 2);
    assert_event(&events, 0, "fs", FL_IMPORT_ADDED, 2);
    assert_event(&events, 1, "piano", FL_IMPORT_ADDED, 1);
    assert_int_equal(events.items[1].total, 2);
    import_text(fixture, "t.jsonl", scene_tools, &events);
    assert_event(&events, 0, "fs", FL_IMPORT_UNCHANGED, 2);
    assert_event(&events, 1, "piano", FL_IMPORT_UNCHANGED, 1);
    import_text(
        fixture, "t.jsonl",
        "{\"name\":\"tune\",\"component\":\"piano\",\"description\":\"Tunes all strings\"}\n"
        "{\"name\":\"play\",\"component\":\"piano\",\"description\":\"Plays\"}\n",
        &events);
    assert_int_equal(events.count, 1);
    assert_event(&events, 0, "piano", FL_IMPORT_CHANGED, 2);
    import_text(fixture, "m.json", scene_manifest, &events);
    assert_int_equal(events.count, 3);
    assert_event(&events, 0, "radio", FL_IMPORT_ADDED, 2);

    /* The engine uses all that is stored, what this file does not have too. */
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_snapshot_component_count(snapshot), 5);
    assert_int_equal(fl_snapshot_tool_count(snapshot), 6);
    fl_snapshot_unpin(snapshot);
}

static void missing_files_are_told(void **state)
{
    struct fixture *fixture = *state;
    struct events events;
    assert_int_equal(import(fixture, "/nowhere/at/all.json", &events), -FL_ENOENT);
    assert_int_equal(events.count, 0);
    const char *paths[2] = {"/nowhere/at/all.json", fixture_write(fixture, "t.jsonl", scene_tools)};
    assert_int_equal(
        fl_engine_import(fixture->engine, paths, 2, NULL, fixture_report(fixture), &fixture->err),
        0);
    assert_int_equal(fl_report_errors(fixture->report), 1);
    assert_string_equal(fl_report_item(fixture->report, 0)->path, "/nowhere/at/all.json");
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_snapshot_tool_count(snapshot), 3);
    fl_snapshot_unpin(snapshot);
}

static void options_of_another_size(void **state)
{
    struct fixture *fixture = *state;
    struct fl_import_options options;
    struct events events = {.count = 0};
    const char *path = fixture_write(fixture, "t.jsonl", scene_tools);
    fl_import_options_init(&options);
    options.struct_size = sizeof options + 1;
    assert_int_equal(fl_engine_import(fixture->engine, &path, 1, &options, NULL, &fixture->err),
                     -FL_EINVAL);
    options.struct_size = 0;
    assert_int_equal(fl_engine_import(fixture->engine, &path, 1, &options, NULL, &fixture->err),
                     -FL_EINVAL);
    /* One of an older library: what it lacks is not looked at. */
    options.struct_size = offsetof(struct fl_import_options, progress);
    options.progress = on_progress;
    options.ctx = &events;
    assert_int_equal(fl_engine_import(fixture->engine, &path, 1, &options, NULL, &fixture->err), 0);
    assert_int_equal(events.count, 0);
}

/* --- what is stored is what was read --- */

static void assert_text(const char *a, const char *b)
{
    assert_int_equal(!a, !b);
    if (a)
        assert_string_equal(a, b);
}

static void assert_same_names(struct fl_names a, struct fl_names b)
{
    assert_int_equal(a.count, b.count);
    for (uint32_t i = 0; i < a.count; i++)
        assert_string_equal(a.items[i], b.items[i]);
}

static void assert_same_component(const struct fl_component *a, const struct fl_component *b)
{
    assert_text(a->name, b->name);
    assert_text(a->title, b->title);
    assert_text(a->description, b->description);
    assert_text(a->version, b->version);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->priority, b->priority);
    assert_same_names(a->keywords, b->keywords);
    assert_same_names(a->depends_on, b->depends_on);
    assert_same_names(a->conflicts, b->conflicts);
    assert_same_names(a->preload_triggers, b->preload_triggers);
    assert_text(a->pool, b->pool);
    assert_text(a->entry, b->entry);
    assert_int_equal(a->memory_bytes, b->memory_bytes);
    assert_int_equal(a->load_ms, b->load_ms);
    assert_int_equal(a->idle_timeout_ms, b->idle_timeout_ms);
    assert_int_equal(a->lazy, b->lazy);
    assert_int_equal(a->disabled, b->disabled);
    assert_text(a->source, b->source);
    assert_int_equal(a->tool_count, b->tool_count);
}

static void assert_same_tool(const struct fl_tool *a, const struct fl_tool *b)
{
    assert_text(a->name, b->name);
    assert_text(a->full_name, b->full_name);
    assert_text(a->title, b->title);
    assert_text(a->description, b->description);
    assert_text(a->category, b->category);
    assert_int_equal(a->tier, b->tier);
    assert_int_equal(a->flags, b->flags);
    assert_same_names(a->keywords, b->keywords);
    assert_same_names(a->depends_on, b->depends_on);
    assert_text(a->parameter_names, b->parameter_names);
    assert_text(a->parameter_descriptions, b->parameter_descriptions);
    assert_text(a->enum_values, b->enum_values);
}

static void assert_same_definitions(const struct fl_snapshot *a, uint32_t tool_a,
                                    const struct fl_snapshot *b, uint32_t tool_b)
{
    for (int form = 0; form < 3; form++) {
        char *x = NULL, *y = NULL;
        assert_int_equal(fl_snapshot_definition(a, tool_a, (enum fl_tool_form)form, &x, NULL), 0);
        assert_int_equal(fl_snapshot_definition(b, tool_b, (enum fl_tool_form)form, &y, NULL), 0);
        assert_string_equal(x, y);
        fl_free(x);
        fl_free(y);
        for (int e = 0; e < 2; e++)
            assert_int_equal(fl_snapshot_tool_tokens(a, tool_a, (enum fl_tool_form)form,
                                                     (enum fl_encoding)e, NULL),
                             fl_snapshot_tool_tokens(b, tool_b, (enum fl_tool_form)form,
                                                     (enum fl_encoding)e, NULL));
    }
}

/* By name: the order of the store is another. */
static void assert_same_catalogue(struct fl_snapshot *a, struct fl_snapshot *b)
{
    assert_int_equal(a->catalog.component_count, b->catalog.component_count);
    assert_int_equal(a->catalog.tool_count, b->catalog.tool_count);
    for (uint32_t c = 0; c < a->catalog.component_count; c++) {
        uint32_t other;
        const struct fl_component *x = &a->catalog.components[c];
        assert_int_equal(fl_snapshot_find_component(b, x->name, &other, NULL), 0);
        const struct fl_component *y = &b->catalog.components[other];
        assert_same_component(x, y);
        for (uint32_t t = 0; t < x->tool_count; t++) {
            assert_same_tool(&a->catalog.tools[x->first_tool + t],
                             &b->catalog.tools[y->first_tool + t]);
            assert_same_definitions(a, x->first_tool + t, b, y->first_tool + t);
        }
    }
}

static void what_is_stored_is_what_was_read(void **state)
{
    struct fixture *fixture = *state;
    struct events events;
    fixture_write(fixture, "a.jsonl", scene_tools);
    fixture_write(fixture, "b.json", scene_manifest);
    assert_int_equal(import(fixture, fixture->folder, &events), 0);
    const char *folder = fixture->folder;
    struct fl_snapshot *imported = fl_engine_pin(fixture->engine);
    fixture_start(fixture);
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), 0);
    struct fl_snapshot *stored = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_engine_load_files(fixture->engine, &folder, 1, NULL, &fixture->err), 0);
    struct fl_snapshot *read = fl_engine_pin(fixture->engine);
    assert_int_equal(read->catalog.tool_count, 5);
    assert_same_catalogue(read, stored);
    assert_same_catalogue(imported, stored);
    struct fl_component_info info;
    fl_snapshot_component(stored, 0, &info);
    assert_true(info.listed_at_s > 1600000000 && info.changed_at_s == info.listed_at_s);
    assert_null(info.last_error);
    fl_snapshot_component(read, 0, &info);
    assert_int_equal(info.listed_at_s, 0);
    fl_snapshot_unpin(imported);
    fl_snapshot_unpin(stored);
    fl_snapshot_unpin(read);
}

/* A request gets the same tools, for the same reasons, from the files and from the store. */
static void requests_are_answered_alike(void **state)
{
    struct fixture *fixture = *state;
    struct events events;
    struct fl_buf from_store = {0}, from_files = {0};
    static const char *const requests[] = {"tune in to a station on the radio", "read a file",
                                           "turn it up"};
    import_text(fixture, "m.json", scene_manifest, &events);
    const char *path = fixture->path;
    for (size_t i = 0; i < 3; i++) {
        struct fl_selection *selection = select_text(fixture, requests[i]);
        for (size_t c = 0; c < fl_selection_count(selection); c++)
            fl_buf_printf(&from_store, "%s\n", fl_selection_choice(selection, c)->name);
        fl_selection_free(selection);
    }
    assert_int_equal(fl_engine_load_files(fixture->engine, &path, 1, NULL, NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        struct fl_selection *selection = select_text(fixture, requests[i]);
        for (size_t c = 0; c < fl_selection_count(selection); c++)
            fl_buf_printf(&from_files, "%s\n", fl_selection_choice(selection, c)->name);
        fl_selection_free(selection);
    }
    assert_string_equal(fl_buf_text(&from_store), fl_buf_text(&from_files));
    fl_buf_destroy(&from_store);
    fl_buf_destroy(&from_files);
}

/* Counted at import, exact costs need no tables later. */
static void costs_are_stored(void **state)
{
    struct fixture *fixture = *state;
    struct events events;
    struct fl_token_count count;
    fixture->options.tables = getenv("FORELOAD_TABLES");
    fixture_start(fixture);
    assert_int_equal(fl_count_tokens(fixture->engine, FL_ENCODING_O200K_BASE, "a", 1, &count, NULL),
                     0);
    if (count.estimated) {
        print_message("FORELOAD_TABLES names no token tables\n");
        skip();
    }
    import_text(fixture, "m.json", scene_manifest, &events);
    struct fl_snapshot *with = fl_engine_pin(fixture->engine);
    fixture->options.tables = NULL;
    fixture_start(fixture);
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), 0);
    struct fl_snapshot *without = fl_engine_pin(fixture->engine);
    for (int form = 0; form < 3; form++)
        for (int e = 0; e < 2; e++)
            for (uint32_t t = 0; t < 2; t++) {
                bool estimated = true;
                uint32_t tokens = fl_snapshot_tool_tokens(without, t, (enum fl_tool_form)form,
                                                          (enum fl_encoding)e, &estimated);
                assert_false(estimated);
                assert_int_equal(tokens, fl_snapshot_tool_tokens(with, t, (enum fl_tool_form)form,
                                                                 (enum fl_encoding)e, NULL));
            }
    fl_snapshot_unpin(with);
    fl_snapshot_unpin(without);
}

/* --- the hash that tells a change --- */

static void hash_of(struct fixture *fixture, const char *name, const char *text,
                    char hash[FL_CONTENT_HASH_BYTES])
{
    fixture_load(fixture, name, text);
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_content_hash(&snapshot->catalog, 0, hash, &fixture->err), 0);
    assert_int_equal(strspn(hash, "0123456789abcdef"), FL_CONTENT_HASH_BYTES - 1);
    fl_snapshot_unpin(snapshot);
}

static void every_change_changes_the_hash(void **state)
{
    struct fixture *fixture = *state;
#define TOOL(rest)      "{\"components\":[{\"name\":\"c\",\"tools\":[{\"name\":\"t\"" rest "}]}]}"
#define COMPONENT(rest) "{\"components\":[{\"name\":\"c\"" rest ",\"tools\":[{\"name\":\"t\"}]}]}"
    static const char *const texts[] = {
        TOOL(""),
        TOOL(",\"description\":\"d\""),
        TOOL(",\"title\":\"d\""),
        TOOL(",\"category\":\"d\""),
        TOOL(",\"tier\":1"),
        TOOL(",\"tier\":3"),
        TOOL(",\"keywords\":[\"a\",\"b\"]"),
        TOOL(",\"keywords\":[\"b\",\"a\"]"),
        TOOL(",\"keywords\":[\"a\"],\"depends_on\":[\"b\"]"),
        TOOL(",\"depends_on\":[\"a\",\"b\"]"),
        TOOL(",\"parameters\":{\"type\":\"object\",\"properties\":{\"a\":{}}}"),
        TOOL("},{\"name\":\"u\""),
        TOOL(",\"keywords\":[\"u\"]"),
        COMPONENT(",\"version\":\"1\""),
        COMPONENT(",\"description\":\"1\""),
        COMPONENT(",\"keywords\":[\"1\"]"),
        COMPONENT(",\"priority\":\"CORE\""),
        COMPONENT(",\"memory_mb\":1"),
        COMPONENT(",\"lazy\":true"),
    };
    enum { TEXTS = sizeof texts / sizeof *texts };
    char hashes[TEXTS][FL_CONTENT_HASH_BYTES], again[FL_CONTENT_HASH_BYTES];
    for (size_t i = 0; i < TEXTS; i++) {
        hash_of(fixture, "one.json", texts[i], hashes[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(hashes[i], hashes[k]) == 0)
                fail_msg("%s\n%s\nhave one hash", texts[i], texts[k]);
        fixture_start(fixture);
        hash_of(fixture, "other.json", texts[i], again);
        assert_string_equal(hashes[i], again); /* wherever and whenever it is read */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_with_home, fixture_teardown)
        cmocka_unit_test_setup_teardown(nothing_is_stored_without_a_home, fixture_setup,
                                        fixture_teardown),
        TEST(nothing_stored_yet),
        TEST(import_tells_what_is_new),
        TEST(missing_files_are_told),
        TEST(options_of_another_size),
        TEST(what_is_stored_is_what_was_read),
        TEST(requests_are_answered_alike),
        TEST(costs_are_stored),
        TEST(every_change_changes_the_hash),
    };
    return cmocka_run_group_tests_name("engine_store", tests, NULL, NULL);
}
