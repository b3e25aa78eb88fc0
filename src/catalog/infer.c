/* infer.c: categories and tiers by words.
 *
 * Whole words count, never parts of them ("clock" says nothing about locks). Each word of the
 * tables votes for one category; a vote weighs more in the names of the tool and of its component
 * than in a description, of which only the beginning is read. Names are taken apart at underscores,
 * hyphens and capitals: "createBranch" is "create" and "branch". */
#include "catalog/infer.h"

#include <stdlib.h>

enum category {
    CORE,
    GIT,
    ANALYSIS,
    DEBUG,
    TEST,
    QUALITY,
    SECURITY,
    EXTERNAL,
    INFRASTRUCTURE,
    CATEGORY_COUNT
};

static const char *const category_names[CATEGORY_COUNT] = {
    "core",    "git",      "analysis", "debug",         "test",
    "quality", "security", "external", "infrastructure"};

enum {
    TOOL_NAME_WEIGHT = 6,
    COMPONENT_NAME_WEIGHT = 6,
    DESCRIPTION_WEIGHT = 1,
    COMPONENT_DESCRIPTION_WEIGHT = 1,
    DESCRIPTION_BYTES_READ = 240,
    COMPONENT_DESCRIPTION_BYTES_READ = 100, /* instructions soon speak of everything */
    WORD_BYTES_MAX = 24,                    /* longer ones are in no table */
};

struct word {
    const char *word;
    uint8_t category;
};

/* Sorted by strcmp. Plurals in -s are found under their singular. */
static const struct word category_words[] = {
    {"alert", DEBUG},
    {"analysis", ANALYSIS},
    {"analytic", ANALYSIS},
    {"analyze", ANALYSIS},
    {"api", EXTERNAL},
    {"appointment", EXTERNAL},
    {"assert", TEST},
    {"audit", SECURITY},
    {"auth", SECURITY},
    {"authenticate", SECURITY},
    {"authorize", SECURITY},
    {"aws", INFRASTRUCTURE},
    {"azure", INFRASTRUCTURE},
    {"backtrace", DEBUG},
    {"backup", INFRASTRUCTURE},
    {"bash", CORE},
    {"benchmark", TEST},
    {"blame", GIT},
    {"booking", EXTERNAL},
    {"branch", GIT},
    {"breakpoint", DEBUG},
    {"browser", EXTERNAL},
    {"bucket", INFRASTRUCTURE},
    {"calendar", EXTERNAL},
    {"certificate", SECURITY},
    {"channel", EXTERNAL},
    {"chart", ANALYSIS},
    {"chat", EXTERNAL},
    {"checkout", GIT},
    {"cherry", GIT},
    {"cloud", INFRASTRUCTURE},
    {"cluster", INFRASTRUCTURE},
    {"command", CORE},
    {"commit", GIT},
    {"compare", ANALYSIS},
    {"complexity", QUALITY},
    {"console", DEBUG},
    {"contact", EXTERNAL},
    {"container", INFRASTRUCTURE},
    {"coverage", TEST},
    {"crash", DEBUG},
    {"credential", SECURITY},
    {"currency", EXTERNAL},
    {"customer", EXTERNAL},
    {"cve", SECURITY},
    {"database", INFRASTRUCTURE},
    {"debug", DEBUG},
    {"debugger", DEBUG},
    {"decrypt", SECURITY},
    {"deploy", INFRASTRUCTURE},
    {"deployment", INFRASTRUCTURE},
    {"diagnose", DEBUG},
    {"diagnostic", DEBUG},
    {"diff", GIT},
    {"directory", CORE},
    {"dns", INFRASTRUCTURE},
    {"docker", INFRASTRUCTURE},
    {"dyno", INFRASTRUCTURE},
    {"email", EXTERNAL},
    {"encrypt", SECURITY},
    {"encryption", SECURITY},
    {"error", DEBUG},
    {"eslint", QUALITY},
    {"event", EXTERNAL},
    {"exception", DEBUG},
    {"exploit", SECURITY},
    {"file", CORE},
    {"filesystem", CORE},
    {"firewall", SECURITY},
    {"fixture", TEST},
    {"flight", EXTERNAL},
    {"folder", CORE},
    {"forecast", EXTERNAL},
    {"fork", GIT},
    {"formatter", QUALITY},
    {"fuzz", TEST},
    {"gist", GIT},
    {"git", GIT},
    {"github", GIT},
    {"gitlab", GIT},
    {"graph", ANALYSIS},
    {"grep", CORE},
    {"heap", DEBUG},
    {"helm", INFRASTRUCTURE},
    {"hotel", EXTERNAL},
    {"http", EXTERNAL},
    {"index", INFRASTRUCTURE},
    {"infrastructure", INFRASTRUCTURE},
    {"insight", ANALYSIS},
    {"inspect", DEBUG},
    {"instance", INFRASTRUCTURE},
    {"invoice", EXTERNAL},
    {"kubectl", INFRASTRUCTURE},
    {"kubernetes", INFRASTRUCTURE},
    {"lighthouse", QUALITY},
    {"lint", QUALITY},
    {"linter", QUALITY},
    {"log", DEBUG},
    {"mail", EXTERNAL},
    {"malware", SECURITY},
    {"map", EXTERNAL},
    {"merge", GIT},
    {"message", EXTERNAL},
    {"metric", ANALYSIS},
    {"migration", INFRASTRUCTURE},
    {"mock", TEST},
    {"movie", EXTERNAL},
    {"music", EXTERNAL},
    {"namespace", INFRASTRUCTURE},
    {"news", EXTERNAL},
    {"pager", DEBUG},
    {"password", SECURITY},
    {"patch", GIT},
    {"payment", EXTERNAL},
    {"permission", SECURITY},
    {"pipeline", INFRASTRUCTURE},
    {"playlist", EXTERNAL},
    {"pod", INFRASTRUCTURE},
    {"policy", SECURITY},
    {"prettier", QUALITY},
    {"profiler", DEBUG},
    {"pull", GIT},
    {"query", ANALYSIS},
    {"queue", INFRASTRUCTURE},
    {"rebase", GIT},
    {"recipe", EXTERNAL},
    {"refactor", QUALITY},
    {"release", GIT},
    {"replica", INFRASTRUCTURE},
    {"repo", GIT},
    {"report", ANALYSIS},
    {"repository", GIT},
    {"restaurant", EXTERNAL},
    {"review", QUALITY},
    {"role", SECURITY},
    {"rollout", INFRASTRUCTURE},
    {"sandbox", INFRASTRUCTURE},
    {"scan", SECURITY},
    {"schema", INFRASTRUCTURE},
    {"scrape", EXTERNAL},
    {"secret", SECURITY},
    {"security", SECURITY},
    {"sentiment", ANALYSIS},
    {"sheet", EXTERNAL},
    {"shell", CORE},
    {"smell", QUALITY},
    {"spec", TEST},
    {"sport", EXTERNAL},
    {"sql", INFRASTRUCTURE},
    {"stacktrace", DEBUG},
    {"stash", GIT},
    {"statistic", ANALYSIS},
    {"stock", EXTERNAL},
    {"storage", INFRASTRUCTURE},
    {"subscription", EXTERNAL},
    {"subtitle", EXTERNAL},
    {"summarize", ANALYSIS},
    {"table", INFRASTRUCTURE},
    {"terminal", CORE},
    {"terraform", INFRASTRUCTURE},
    {"test", TEST},
    {"testing", TEST},
    {"threat", SECURITY},
    {"ticket", EXTERNAL},
    {"trace", DEBUG},
    {"traceback", DEBUG},
    {"translate", EXTERNAL},
    {"travel", EXTERNAL},
    {"trend", ANALYSIS},
    {"tweet", EXTERNAL},
    {"typecheck", QUALITY},
    {"url", EXTERNAL},
    {"video", EXTERNAL},
    {"virus", SECURITY},
    {"visualize", ANALYSIS},
    {"volume", INFRASTRUCTURE},
    {"vulnerability", SECURITY},
    {"weather", EXTERNAL},
    {"web", EXTERNAL},
    {"webhook", EXTERNAL},
    {"website", EXTERNAL},
    {"workload", INFRASTRUCTURE},
};

/* What makes a core tool an everyday one, and any tool a rare one; looked for in tool names. */
static const char *const everyday_words[] = {"edit", "exec",   "execute", "find", "get",
                                             "glob", "grep",   "list",    "open", "read",
                                             "run",  "search", "view",    "write"};
static const char *const rare_words[] = {
    "admin",      "advanced",  "archive",   "batch",    "bulk",         "debug",  "delete",
    "deprecated", "destroy",   "drop",      "erase",    "experimental", "flush",  "heap",
    "kill",       "migrate",   "migration", "move",     "profile",      "prune",  "purge",
    "rebuild",    "remove",    "replicate", "reset",    "restore",      "revoke", "rollback",
    "rotate",     "terminate", "trace",     "truncate", "uninstall",    "webhook"};

/* Splitting text into lower-case words. */
struct words {
    const char *next, *end;
    char word[WORD_BYTES_MAX + 1];
};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_letter(char c)
{
    return is_upper(c) || (c >= 'a' && c <= 'z');
}

/* In "HTTPServer" and "createBranch" a new word starts before the S and before the B. */
static bool starts_word(const char *c, const char *end)
{
    if (!is_upper(c[0]))
        return false;
    return !is_upper(c[-1]) || (c + 1 < end && is_letter(c[1]) && !is_upper(c[1]));
}

static bool next_word(struct words *words)
{
    const char *c = words->next;
    while (c < words->end && !is_letter(*c))
        c++;
    if (c == words->end)
        return false;
    const char *start = c++;
    while (c < words->end && is_letter(*c) && !starts_word(c, words->end))
        c++;
    words->next = c;
    size_t len = (size_t)(c - start);
    if (len > WORD_BYTES_MAX)
        len = 0;
    for (size_t i = 0; i < len; i++)
        words->word[i] = (char)(start[i] | 0x20);
    words->word[len] = '\0';
    return true;
}

static struct words words_of(const char *text, size_t max_bytes)
{
    return (struct words){text, text + strnlen(text, max_bytes), ""};
}

static int compare_word(const void *key, const void *entry)
{
    return strcmp(key, ((const struct word *)entry)->word);
}

static int compare_text(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

/* The table's entry for the word, or for what it is the plural of. */
static const void *look_up(char *word, const void *table, size_t count, size_t size,
                           int (*compare)(const void *, const void *))
{
    size_t len = strlen(word);
    const void *entry = len > 2 ? bsearch(word, table, count, size, compare) : NULL;
    if (!entry && len > 3 && word[len - 1] == 's') {
        word[len - 1] = '\0';
        entry = bsearch(word, table, count, size, compare);
        word[len - 1] = 's';
    }
    return entry;
}

#define LOOK_UP(word, table, compare) \
    look_up(word, table, sizeof(table) / sizeof *(table), sizeof *(table), compare)

static void vote(const char *text, size_t max_bytes, int weight, int votes[CATEGORY_COUNT])
{
    struct words words = words_of(text, max_bytes);
    while (next_word(&words)) {
        const struct word *found = LOOK_UP(words.word, category_words, compare_word);
        if (found)
            votes[found->category] += weight;
    }
}

static enum category infer_category(const struct fl_tool *tool, const int component_votes[])
{
    int votes[CATEGORY_COUNT];
    memcpy(votes, component_votes, sizeof votes);
    vote(tool->name, FL_CATALOG_MAX_NAME_BYTES, TOOL_NAME_WEIGHT, votes);
    vote(tool->description, DESCRIPTION_BYTES_READ, DESCRIPTION_WEIGHT, votes);
    enum category best = EXTERNAL; /* what nothing is known of is somebody else's */
    for (int i = 0; i < CATEGORY_COUNT; i++)
        if (votes[i] > votes[best])
            best = (enum category)i;
    return best;
}

/* 1 is for what nearly every session uses, and shown always: few tools may claim it. Their name
 * must say what they do, and their component must be about nothing else. */
static uint8_t infer_tier(const struct fl_tool *tool, const int component_votes[])
{
    bool everyday = false;
    bool names_core = component_votes[CORE] > 0;
    struct words words = words_of(tool->name, FL_CATALOG_MAX_NAME_BYTES);
    while (next_word(&words)) {
        if (LOOK_UP(words.word, rare_words, compare_text))
            return 3;
        everyday |= LOOK_UP(words.word, everyday_words, compare_text) != NULL;
        const struct word *found = LOOK_UP(words.word, category_words, compare_word);
        names_core |= found && found->category == CORE;
    }
    for (int i = 0; i < CATEGORY_COUNT; i++)
        names_core &= i == CORE || component_votes[i] <= component_votes[CORE];
    return everyday && names_core && strcmp(tool->category, category_names[CORE]) == 0 ? 1 : 2;
}

static void infer_tool(struct fl_tool *tool, const int component_votes[])
{
    if (!tool->category) {
        tool->category = category_names[infer_category(tool, component_votes)];
        tool->flags |= FL_TOOL_CATEGORY_INFERRED;
    }
    if (tool->tier == 0) {
        tool->tier = infer_tier(tool, component_votes);
        tool->flags |= FL_TOOL_TIER_INFERRED;
    }
}

void fl_infer(struct fl_catalog *catalog)
{
    for (uint32_t i = 0; i < catalog->component_count; i++) {
        const struct fl_component *component = &catalog->components[i];
        int votes[CATEGORY_COUNT] = {0};
        vote(component->name, FL_CATALOG_MAX_NAME_BYTES, COMPONENT_NAME_WEIGHT, votes);
        if (component->description)
            vote(component->description, COMPONENT_DESCRIPTION_BYTES_READ,
                 COMPONENT_DESCRIPTION_WEIGHT, votes);
        for (uint32_t t = 0; t < component->tool_count; t++)
            infer_tool(&catalog->tools[component->first_tool + t], votes);
    }
}
