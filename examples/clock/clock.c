/* clock.c: a component in one file: it tells the time.
 *
 *   cc -shared -fPIC -I include -o clock.so examples/clock/clock.c */
#include <foreload/component.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

FL_COMPONENT_MANIFEST(
    "{\"name\": \"clock\", \"version\": \"1.0.0\", \"description\": \"Tells the time.\","
    " \"priority\": \"LOW\", \"memory_mb\": 1, \"load_ms\": 1, \"keywords\": [\"what time\"],"
    " \"tools\": [{\"name\": \"now\", \"description\": \"Tells the present date and time in UTC.\","
    " \"inputSchema\": {\"type\": \"object\", \"properties\": {}}}]}");

struct clock {
    const struct fl_component_host_api *api;
};

static int clock_open(const struct fl_component_host_api *api, const struct fl_component_open *open,
                      void **ret_instance)
{
    (void)open;
    struct clock *clock = api->alloc(api->host, sizeof *clock);
    if (!clock)
        return FL_COMPONENT_ENOMEM;
    clock->api = api;
    *ret_instance = clock;
    return 0;
}

static int clock_call(void *instance, const struct fl_component_call *call,
                      struct fl_component_result *result)
{
    struct clock *clock = instance;
    if (strcmp(call->tool, "now") != 0)
        return FL_COMPONENT_ENOTOOL;
    enum { CONTENT_BYTES = 64 };
    char *content = clock->api->alloc(clock->api->host, CONTENT_BYTES);
    if (!content)
        return FL_COMPONENT_ENOMEM;
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    result->content_size =
        strftime(content, CONTENT_BYTES, "{\"utc\":\"%Y-%m-%dT%H:%M:%SZ\"}", &utc);
    result->content = content;
    return 0;
}

static void clock_release(void *instance, struct fl_component_result *result)
{
    struct clock *clock = instance;
    clock->api->free(clock->api->host, (void *)result->content);
}

static void clock_close(void *instance)
{
    struct clock *clock = instance;
    clock->api->free(clock->api->host, clock);
}

const struct fl_component_table *foreload_component(void)
{
    static const struct fl_component_table table = {
        .struct_size = sizeof table,
        .abi = FL_COMPONENT_ABI,
        .name = "clock",
        .version = "1.0.0",
        .open = clock_open,
        .call = clock_call,
        .release = clock_release,
        .close = clock_close,
    };
    return &table;
}
