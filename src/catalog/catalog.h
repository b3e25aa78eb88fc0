/* catalog.h: the registry of components and their tools.
 *
 * A catalogue is filled by the readers (read.h), then checked and indexed once by
 * fl_catalog_finish, and only read from then on: a finished catalogue may be shared by threads.
 * Everything in it lives in its arena. Nothing here knows whether a component is loaded.
 *
 * Full names are "component/tool". A bare tool name is accepted where it is unique. */
#ifndef FL_CATALOG_CATALOG_H
#define FL_CATALOG_CATALOG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/strmap.h"
#include "catalog/findings.h"

enum fl_kind { FL_KIND_STATIC, FL_KIND_MCP, FL_KIND_NATIVE, FL_KIND_WORKER };
enum fl_priority { FL_PRIORITY_CORE, FL_PRIORITY_HIGH, FL_PRIORITY_MEDIUM, FL_PRIORITY_LOW };

/* Hard limits of what a catalogue takes in; whatever exceeds one is reported and left out. */
enum {
    FL_CATALOG_MAX_TOOLS = 200000,
    FL_CATALOG_MAX_COMPONENTS = 20000,
    FL_CATALOG_MAX_NAME_BYTES = 256,
    FL_CATALOG_MAX_DESCRIPTION_BYTES = 64 << 10, /* longer ones are cut for search, and reported */
    FL_CATALOG_MAX_SCHEMA_BYTES = 1 << 20,       /* as compact JSON */
    FL_CATALOG_MAX_SCHEMA_DEPTH = 128,
    FL_CATALOG_MAX_LIST = 256, /* names in one depends_on, conflicts or keywords list */
};

struct fl_names {
    const char *const *items;
    uint32_t count;
};

/* How a component that is a process or a URL is reached. All NULL for others. Environment values
 * and headers may be secrets: they are never printed or stored. */
struct fl_launch {
    const char *command;
    struct fl_names args;
    struct fl_names env; /* NAME=VALUE, added to the inherited environment */
    const char *cwd;
    const char *url;
    const char *transport;   /* "stdio", "http" (Streamable HTTP) or "sse" */
    struct fl_names headers; /* "Name: value" */
};

struct fl_component {
    const char *name;
    const char *title;       /* or NULL */
    const char *description; /* a server's instructions, or NULL */
    const char *version;     /* or NULL */
    enum fl_kind kind;
    enum fl_priority priority;
    struct fl_names keywords;   /* words and phrases that call for this component */
    struct fl_names depends_on; /* component names */
    struct fl_names conflicts;  /* component names */
    struct fl_names preload_triggers;
    const char *pool;      /* "general" unless given */
    const char *entry;     /* shared object, or NULL */
    uint64_t memory_bytes; /* estimate from the manifest; 0: none given */
    uint32_t load_ms;      /* estimate from the manifest; 0: none given */
    uint32_t idle_timeout_ms;
    bool lazy;
    bool disabled; /* present in a client configuration, but switched off there */
    struct fl_launch launch;
    const char *source;              /* the file it came from */
    uint32_t first_tool, tool_count; /* valid after finish: its tools lie side by side */
};

enum fl_tool_flags {
    FL_TOOL_CATEGORY_INFERRED = 1 << 0,
    FL_TOOL_TIER_INFERRED = 1 << 1,
    FL_TOOL_READ_ONLY = 1 << 2,   /* annotations.readOnlyHint */
    FL_TOOL_DESTRUCTIVE = 1 << 3, /* annotations.destructiveHint given as true */
};

struct fl_tool {
    uint32_t component;      /* index */
    const char *name;        /* as the component calls it; may hold any printable character */
    const char *full_name;   /* "component/name"; set by add_tool */
    const char *title;       /* or NULL */
    const char *description; /* never NULL */
    const char *definition;  /* the whole tool as compact JSON in the form of MCP's tools/list;
                              * NULL where whoever added it keeps that elsewhere */
    uint32_t definition_bytes;
    const char *category; /* never NULL after finish */
    uint8_t tier;         /* 1–3 after finish */
    uint8_t flags;        /* enum fl_tool_flags */
    struct fl_names keywords;
    struct fl_names depends_on; /* as written: tool or component names */
    /* What the schema says, for search: words separated by newlines; never NULL. */
    const char *parameter_names;
    const char *parameter_descriptions;
    const char *enum_values;
    const char *source; /* the file it came from, or "" */
    unsigned line;      /* in it, 1-based, or 0 */
};

struct fl_catalog {
    struct fl_arena arena;
    struct fl_component *components;
    uint32_t component_count, component_capacity;
    struct fl_tool *tools;
    uint32_t tool_count, tool_capacity;
    struct fl_strmap component_by_name;
    struct fl_strmap tool_by_full_name;
    struct fl_strmap tool_by_bare_name; /* value FL_CATALOG_AMBIGUOUS where not unique */
    bool finished;                      /* nothing can be added any more */
};

#define FL_CATALOG_AMBIGUOUS (UINT32_MAX - 1)

/* All-zero is an empty catalogue. NULL and half-filled ones are accepted. */
void fl_catalog_destroy(struct fl_catalog *catalog);

/* Adds copies of what `component` points to. 0 with its index; -FL_EEXIST (ret_index is then the
 * present one), -FL_EINVAL for a bad name (empty, too long, controls), -FL_ELIMIT, -FL_ENOMEM. */
int fl_catalog_add_component(struct fl_catalog *catalog, const struct fl_component *component,
                             uint32_t *ret_index, struct fl_err *err);

/* Completes a component that is there: whatever it has no value for is copied from `more`, its
 * launch included, which makes an FL_KIND_STATIC component an FL_KIND_MCP one. -FL_EEXIST, with
 * nothing changed, if both say how they are started. */
int fl_catalog_complete_component(struct fl_catalog *catalog, uint32_t index,
                                  const struct fl_component *more, struct fl_err *err);

/* Adds copies; NULL strings that are never NULL become "". `tool->component` must be an index that
 * add_component gave. -FL_EEXIST for a second tool of that full name (the first stays; the message
 * says where it is), -FL_EINVAL for a bad name, -FL_ELIMIT, -FL_ENOMEM. */
int fl_catalog_add_tool(struct fl_catalog *catalog, const struct fl_tool *tool, struct fl_err *err);

/* Groups tools by component (otherwise keeping their order), infers categories and tiers that were
 * not given, builds the name maps, and reports name collisions (as notes), unknown dependencies,
 * cycles (with their whole path) and conflicts as findings. The result is usable whatever is
 * found; only -FL_ENOMEM fails. */
int fl_catalog_finish(struct fl_catalog *catalog, struct fl_findings *findings, struct fl_err *err);

/* True if a command or a URL says how the component is reached. */
static inline bool fl_component_has_launch(const struct fl_component *component)
{
    return component->launch.command || component->launch.url;
}

/* Full or bare name → index; the whole string is tried as a full name first. -FL_ENOENT, or
 * -FL_EAMBIGUOUS whose message lists the full names. */
int fl_catalog_find_tool(const struct fl_catalog *catalog, const char *name, uint32_t *ret_index,
                         struct fl_err *err);
int fl_catalog_find_component(const struct fl_catalog *catalog, const char *name,
                              uint32_t *ret_index, struct fl_err *err);

#endif
