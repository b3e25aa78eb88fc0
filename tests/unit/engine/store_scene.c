/* store_scene.c: see store_scene.h. */
#include "store_scene.h"

#include <stdio.h>
#include <stdlib.h>

void on_progress(void *ctx, const struct fl_import_event *event)
{
    struct events *events = ctx;
    assert_true(events->count < EVENTS_MAX);
    assert_true(event->done <= event->total);
    assert_non_null(event->reason);
    snprintf(events->names[events->count], sizeof *events->names, "%s", event->component);
    events->items[events->count++] = *event;
}

int import(struct fixture *fixture, const char *path, struct events *events)
{
    struct fl_import_options options;
    fl_import_options_init(&options);
    options.progress = on_progress;
    options.ctx = events;
    *events = (struct events){.count = 0};
    fixture->err = (struct fl_err){0};
    return fl_engine_import(fixture->engine, &path, 1, &options, fixture_report(fixture),
                            &fixture->err);
}

void import_text(struct fixture *fixture, const char *name, const char *text, struct events *events)
{
    int rc = import(fixture, fixture_write(fixture, name, text), events);
    if (rc)
        fail_msg("%s: %s", name, fixture->err.message);
}

void assert_event(const struct events *events, uint32_t index, const char *component,
                  enum fl_import_state state, uint32_t tools)
{
    assert_true(index < events->count);
    assert_string_equal(events->names[index], component);
    assert_int_equal(events->items[index].state, state);
    assert_int_equal(events->items[index].tools, tools);
    assert_int_equal(events->items[index].done, index + 1);
}

int start_with_home(void **state)
{
    int rc = fixture_setup(state);
    if (!rc) {
        struct fixture *fixture = *state;
        fixture->options.home = fixture->home;
        fixture_start(fixture);
    }
    return rc;
}

/* Everything that a manifest can say. */
const char scene_manifest[] =
    "{\"components\":[{\"name\":\"radio\",\"kind\":\"native\",\"priority\":\"HIGH\",\"title\":"
    "\"Radio \\u266b\",\"description\":\"Plays stations\",\"version\":\"2.1\",\"keywords\":"
    "[\"station\",\"turn it up\"],\"depends_on\":[\"sound\"],\"conflicts\":[\"silence\"],"
    "\"preload_triggers\":[\"morning\"],\"pool\":\"audio\",\"entry\":\"radio.so\",\"memory_mb\":"
    "12,\"load_ms\":70,\"idle_timeout_s\":90,\"lazy\":true,\"tools\":["
    "{\"name\":\"tune\",\"title\":\"Tune in\",\"description\":\"Tunes to a \\\"station\\\"\\n\","
    "\"category\":\"music\",\"tier\":1,\"keywords\":[\"frequency\",\"dial up\"],\"depends_on\":"
    "[\"radio/antenna\"],\"parameters\":{\"type\":\"object\",\"properties\":{\"mhz\":{\"type\":"
    "\"number\",\"description\":\"Wave length\",\"enum\":[87.5,108]}}}},"
    "{\"name\":\"antenna\",\"description\":\"\",\"annotations\":{\"readOnlyHint\":true}}]},"
    "{\"name\":\"sound\",\"kind\":\"worker\",\"priority\":\"CORE\"},"
    "{\"name\":\"silence\",\"description\":\"Mutes\",\"priority\":\"LOW\",\"disabled\":false}]}";

const char scene_tools[] =
    "{\"name\":\"read.file\",\"component\":\"fs\",\"description\":\"Reads a file\",\"parameters\":"
    "{\"path\":{\"type\":\"string\"}}}\n"
    "{\"name\":\"tune\",\"component\":\"piano\",\"description\":\"Tunes strings\",\"tier\":3}\n"
    "{\"name\":\"write\",\"component\":\"fs\",\"description\":\"\xC3\x84ndert Dateien\"}\n";
