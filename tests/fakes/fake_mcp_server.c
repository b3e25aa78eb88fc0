/* fake_mcp_server.c: an MCP server on stdio that behaves as its arguments say, for tests.
 *
 * Without arguments it is a server of the legacy era with two tools. Each argument adds one trait:
 *
 *     alive=FIFO      holds the FIFO open for writing and writes its process id to it; so do its
 *                     children: the reader sees the end when all of them have gone
 *     stderr=TEXT     says so on stderr
 *     exit=N, signal=N   ends at once, before it reads anything
 *     noise           prints lines that are no messages first
 *     delay=MS        does nothing for so long first
 *     silent          never answers; silent-probe, silent-list: not that request
 *     exit-on-probe   ends when server/discover comes
 *     modern          answers server/discover; modern=VERSION: names that one only
 *     unsupported=V   refuses server/discover with the versions that it does support
 *     version=V       answers initialize with that version
 *     refuse          refuses initialize
 *     ping            sends ping and an unknown request, and lists only when both were answered
 *     tools=N         so many tools a page; no-tools: the method is not known
 *     pages=N         so many pages; same-cursor: always the same; endless-pages
 *     big=BYTES       pads the first description
 *     malformed, bad-utf8, wrong-id, duplicate, not-array, not-object, notify-forever,
 *     die-mid-list, close-stdout, batch, crlf, escaped-keys, error-list    what it does to the list
 *     ignore-eof, ignore-term   does not end so
 *     grandchild      starts a process that holds the pipes and ignores SIGTERM
 *     daemon          the same, in a session of its own
 *     flood-stdin     asks without end and never reads */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **traits;
static int alive_fd = -1;
static int pages_sent;
static int answers_seen;

/* The value of a trait, "" for one without, NULL when it was not asked for. */
static const char *trait(const char *name)
{
    size_t len = strlen(name);
    for (char **t = traits; *t; t++)
        if (strncmp(*t, name, len) == 0 && ((*t)[len] == '\0' || (*t)[len] == '='))
            return (*t)[len] ? *t + len + 1 : "";
    return NULL;
}

static long number(const char *name, long fallback)
{
    const char *value = trait(name);
    return value && *value ? atol(value) : fallback;
}

static void say(const char *text)
{
    fputs(text, stdout);
    fputs(trait("crlf") ? "\r\n" : "\n", stdout);
    fflush(stdout);
}

static void tell_alive(void)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (alive_fd >= 0 && write(alive_fd, text, (size_t)n) != n)
        _exit(99);
}

static void start_grandchild(bool own_session)
{
    if (fork() != 0)
        return;
    if (own_session && fork() != 0)
        _exit(0); /* an orphan from its first moment */
    if (own_session)
        setsid();
    signal(SIGTERM, SIG_IGN);
    tell_alive();
    for (;;)
        pause();
}

/* The id of a request as it was written; false for what has none. */
static bool id_of(const char *line, char *id, size_t size)
{
    const char *start = strstr(line, "\"id\":");
    if (!start)
        return false;
    start += 5;
    size_t len = strcspn(start, ",}");
    if (len >= size)
        return false;
    memcpy(id, start, len);
    id[len] = '\0';
    return true;
}

static void answer_probe(const char *id)
{
    const char *unsupported = trait("unsupported");
    const char *modern = trait("modern");
    if (trait("exit-on-probe"))
        exit(1);
    if (trait("silent-probe"))
        return;
    if (unsupported)
        printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32022,\"message\":\"no\","
               "\"data\":{\"supported\":[\"%s\"]}}}\n",
               id, unsupported);
    else if (modern)
        printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"resultType\":\"complete\","
               "\"supportedVersions\":[\"%s\"],\"capabilities\":{\"tools\":{}},"
               "\"_meta\":{\"io.modelcontextprotocol/serverInfo\":{\"name\":\"fake\","
               "\"version\":\"9\"}},\"instructions\":\"be kind\"}}\n",
               id, *modern ? modern : "2026-07-28");
    else
        printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,"
               "\"message\":\"Method not found\"}}\n",
               id);
    fflush(stdout);
}

static void answer_initialize(const char *id)
{
    const char *version = trait("version");
    if (trait("refuse"))
        printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32000,\"message\":\"not "
               "today\"}}\n",
               id);
    else
        printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"protocolVersion\":\"%s\","
               "\"capabilities\":{%s},\"serverInfo\":{\"name\":\"fake\",\"version\":\"1\"}}}\n",
               id, version ? version : "2025-11-25", trait("no-tools") ? "" : "\"tools\":{}");
    fflush(stdout);
}

static void print_tools(long count)
{
    for (long i = 0; i < count; i++) {
        printf("%s{\"name\": \"tool_%d_%ld\",\"n\":1.50e1,\"description\":\"", i ? "," : "",
               pages_sent, i);
        for (long k = i == 0 ? number("big", 0) : 0; k > 0; k--)
            putchar('x');
        printf("\",\"inputSchema\":{\"type\":\"object\"}}");
    }
}

static void answer_list(const char *id)
{
    long pages = number("pages", 1);
    bool more = pages_sent + 1 < pages || trait("same-cursor") || trait("endless-pages");
    const char *tools = trait("escaped-keys") ? "t\\u006fols" : "tools";
    printf("%s{\"jsonrpc\":\"2.0\",\"id\":%s%s,\"result\":{\"%s\":[", trait("batch") ? "[" : "",
           trait("wrong-id") ? "77" : "", trait("wrong-id") ? "" : id, tools);
    print_tools(number("tools", 2));
    printf("]");
    if (trait("same-cursor"))
        printf(",\"nextCursor\":\"again\"");
    else if (more)
        printf(",\"nextCursor\":\"page %d\"", pages_sent + 1);
    printf("}}%s", trait("batch") ? "]" : "");
    say("");
    pages_sent++;
}

static void spoil_list(const char *id)
{
    if (trait("die-mid-list")) {
        printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"tools\":[{\"na", id);
        fflush(stdout);
        fprintf(stderr, "Error: out of luck\n    at fake.js:1\n");
        exit(3);
    }
    if (trait("malformed"))
        printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"tools\":[}}\n", id);
    else if (trait("bad-utf8"))
        printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"tools\":[{\"name\":\"\xC3\x28\"}]}}\n",
               id);
    else if (trait("not-array"))
        printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"tools\":{}}}\n", id);
    else if (trait("not-object"))
        printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"tools\":[{},7]}}\n", id);
    else if (trait("error-list"))
        printf(
            "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32603,\"message\":\"sorry\"}}\n",
            id);
    else if (trait("no-tools"))
        printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,\"message\":\"no\"}}\n",
               id);
    else if (trait("close-stdout"))
        fclose(stdout);
    while (trait("notify-forever"))
        say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}");
    if (!trait("close-stdout"))
        fflush(stdout);
}

static bool spoils_list(void)
{
    static const char *const names[] = {"malformed",  "bad-utf8",     "not-array",
                                        "not-object", "die-mid-list", "close-stdout",
                                        "no-tools",   "error-list",   "notify-forever"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (trait(names[i]))
            return true;
    return false;
}

static void take_list(const char *id)
{
    if (trait("silent-list"))
        return;
    if (spoils_list()) {
        spoil_list(id);
        return;
    }
    answer_list(id);
    if (trait("duplicate")) {
        pages_sent--;
        answer_list(id);
    }
}

static char list_id[64]; /* of a list that waits for our own requests to be answered */

static void take_answer(const char *line)
{
    bool expected = strstr(line, "\"id\":\"ask-1\",\"result\":{}") ||
                    (strstr(line, "\"id\":42,\"error\"") && strstr(line, "-32601"));
    answers_seen += expected;
    if (answers_seen == 2 && *list_id)
        take_list(list_id);
}

static void take_line(const char *line)
{
    char id[64];
    if (!id_of(line, id, sizeof id) || trait("silent"))
        return;
    if (strstr(line, "\"method\":\"server/discover\"")) {
        answer_probe(id);
    } else if (strstr(line, "\"method\":\"initialize\"")) {
        answer_initialize(id);
    } else if (strstr(line, "\"method\":\"tools/list\"") && trait("ping")) {
        snprintf(list_id, sizeof list_id, "%s", id);
        say("{\"jsonrpc\":\"2.0\",\"id\":\"ask-1\",\"method\":\"ping\"}");
        say("{\"jsonrpc\":\"2.0\",\"id\":42,\"method\":\"roots/list\"}");
    } else if (strstr(line, "\"method\":\"tools/list\"")) {
        take_list(id);
    } else {
        take_answer(line);
    }
}

static void begin(void)
{
    if (trait("alive"))
        alive_fd = open(trait("alive"), O_WRONLY);
    if (trait("ignore-term"))
        signal(SIGTERM, SIG_IGN);
    if (trait("grandchild"))
        start_grandchild(false);
    if (trait("daemon"))
        start_grandchild(true);
    tell_alive();
    if (trait("stderr"))
        fprintf(stderr, "%s\n", trait("stderr"));
    if (trait("signal"))
        raise((int)number("signal", SIGKILL));
    if (trait("exit"))
        exit((int)number("exit", 1));
    usleep((useconds_t)number("delay", 0) * 1000);
    if (trait("noise")) {
        say("Starting the fake server...");
        say("");
        say("[1, 2] {not json}");
        say("{\"level\":30,\"msg\":\"ready\"}");
    }
    while (trait("flood-stdin"))
        say("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
}

int main(int argc, char **argv)
{
    (void)argc;
    traits = argv + 1;
    begin();
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0)
        take_line(line);
    free(line);
    while (trait("ignore-eof"))
        pause();
    return 0;
}
