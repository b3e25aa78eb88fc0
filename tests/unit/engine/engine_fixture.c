/* engine_fixture.c: see engine_fixture.h. */
#include "engine_fixture.h"

#include "base/os.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void keep_message(void *ctx, enum fl_message_level level, const char *line)
{
    struct fixture *fixture = ctx;
    (void)level;
    fl_buf_printf(&fixture->messages, "%s\n", line);
}

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/fl-engine-XXXXXX");
    if (!mkdtemp(fixture->folder))
        return -1;
    snprintf(fixture->home, sizeof fixture->home, "%s/home", fixture->folder);
    fl_options_init(&fixture->options);
    fixture->options.message = keep_message;
    fixture->options.ctx = fixture;
    *state = fixture;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    fl_engine_free(fixture->engine);
    fl_report_free(fixture->report);
    fl_buf_destroy(&fixture->messages);
    int rc = nftw(fixture->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return rc;
}

void fixture_start(struct fixture *fixture)
{
    fl_engine_free(fixture->engine);
    fixture->engine = NULL;
    assert_int_equal(fl_engine_create(&fixture->options, &fixture->engine, &fixture->err), 0);
}

const char *fixture_write(struct fixture *fixture, const char *name, const char *text)
{
    int n = snprintf(fixture->path, sizeof fixture->path, "%s/%s", fixture->folder, name);
    assert_true(n < (int)sizeof fixture->path);
    assert_int_equal(fl_os_write_file(fixture->path, text, strlen(text), &fixture->err), 0);
    return fixture->path;
}

void fixture_load(struct fixture *fixture, const char *name, const char *text)
{
    const char *path = fixture_write(fixture, name, text);
    if (!fixture->engine)
        fixture_start(fixture);
    fixture->err.message[0] = '\0';
    int rc =
        fl_engine_load_files(fixture->engine, &path, 1, fixture_report(fixture), &fixture->err);
    if (rc)
        fail_msg("%s: %s", name, fixture->err.message);
}

struct fl_report **fixture_report(struct fixture *fixture)
{
    fl_report_free(fixture->report);
    fixture->report = NULL;
    return &fixture->report;
}

bool report_has(const struct fl_report *report, const char *part)
{
    for (size_t i = 0; i < fl_report_count(report); i++)
        if (strstr(fl_report_item(report, i)->message, part))
            return true;
    return false;
}

void assert_reported(const struct fl_report *report, const char *part)
{
    if (report_has(report, part))
        return;
    for (size_t i = 0; i < fl_report_count(report); i++) {
        const struct fl_report_item *item = fl_report_item(report, i);
        print_error("%s:%u: %s: %s\n", item->path, item->line, item->subject, item->message);
    }
    fail_msg("no finding says '%s'", part);
}

struct fl_selection *select_with(struct fixture *fixture, const struct fl_request *request)
{
    struct fl_selection *selection = NULL;
    fixture->err.message[0] = '\0';
    int rc = fl_select(fixture->engine, request, &selection, &fixture->err);
    if (rc)
        fail_msg("'%.100s': %s", request->text, fixture->err.message);
    check_selection(selection, request);
    return selection;
}

struct fl_selection *select_text(struct fixture *fixture, const char *text)
{
    struct fl_request request;
    fl_request_init(&request, text);
    request.explain = true;
    return select_with(fixture, &request);
}

const struct fl_choice *choice_of(const struct fl_selection *selection, const char *name)
{
    for (size_t i = 0; i < fl_selection_count(selection); i++)
        if (strcmp(fl_selection_choice(selection, i)->name, name) == 0)
            return fl_selection_choice(selection, i);
    return NULL;
}

void assert_chosen(const struct fl_selection *selection, const char *name, enum fl_reason reason)
{
    const struct fl_choice *choice = choice_of(selection, name);
    if (!choice)
        fail_msg("'%s' is not chosen", name);
    assert_string_equal(fl_reason_name(choice->reason), fl_reason_name(reason));
}

void assert_not_chosen(const struct fl_selection *selection, const char *name)
{
    if (choice_of(selection, name))
        fail_msg("'%s' is chosen", name);
}

/* Numbers by their bits: "the same" means the same bytes. */
static void describe_number(struct fl_buf *buf, float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    fl_buf_printf(buf, " %08x", bits);
}

void describe_selection(const struct fl_selection *selection, struct fl_buf *buf)
{
    const struct fl_selection_summary *summary = fl_selection_summary(selection);
    fl_buf_printf(buf, "%llu of %llu, %d %d '%s' %s", (unsigned long long)summary->exposed_tokens,
                  (unsigned long long)summary->baseline_tokens, summary->estimated,
                  summary->abstained, summary->fallback, summary->language);
    describe_number(buf, summary->fit);
    for (size_t i = 0; i < fl_selection_count(selection); i++) {
        const struct fl_choice *choice = fl_selection_choice(selection, i);
        fl_buf_printf(buf, "\n%s %u %u %u %s '%s'", choice->name, choice->tool, choice->component,
                      choice->tokens, fl_reason_name(choice->reason), choice->because);
        describe_number(buf, choice->confidence);
        describe_number(buf, choice->score);
        for (size_t e = 0; e < fl_selection_evidence_count(selection, i); e++) {
            const struct fl_evidence *evidence = fl_selection_evidence(selection, i, e);
            fl_buf_printf(buf, "\n  %s %s %s %s", evidence->word, evidence->term, evidence->way,
                          evidence->fields);
            describe_number(buf, evidence->weight);
        }
    }
    for (size_t c = 0; c < fl_selection_category_count(selection); c++) {
        const struct fl_category_info *category = fl_selection_category(selection, c);
        fl_buf_printf(buf, "\n[%s]", category->name);
        describe_number(buf, category->confidence);
    }
    assert_false(fl_buf_failed(buf));
}

/* --- what holds of every selection --- */

static void check_choice(const struct fl_selection *selection, const struct fl_request *request,
                         const struct fl_choice *choice)
{
    const struct fl_snapshot *snapshot = fl_selection_snapshot(selection);
    struct fl_component_info component;
    assert_true(choice->component < fl_snapshot_component_count(snapshot));
    if (choice->tool == UINT32_MAX) {
        fl_snapshot_component(snapshot, choice->component, &component);
        assert_string_equal(choice->name, component.name);
        assert_int_equal(choice->tokens, 0);
    } else {
        struct fl_tool_info tool;
        fl_snapshot_tool(snapshot, choice->tool, &tool);
        assert_string_equal(choice->name, tool.name);
        assert_int_equal(choice->component, tool.component);
        assert_int_equal(choice->tokens,
                         fl_snapshot_tool_tokens(snapshot, choice->tool, request->form,
                                                 request->encoding, NULL));
    }
    assert_true(choice->confidence >= 0 && choice->confidence <= 1);
    assert_true((choice->reason == FL_REASON_DEPENDENCY) == (*choice->because != '\0'));
    assert_non_null(fl_reason_name(choice->reason));
}

static bool is_match(const struct fl_choice *choice)
{
    return choice->reason == FL_REASON_MATCH || choice->reason == FL_REASON_RULE;
}

/* Best first; each dependency in the run behind a choice that stands before it; core last. */
static void check_order(const struct fl_selection *selection)
{
    const struct fl_choice *head = NULL;
    bool core = false;
    for (size_t i = 0; i < fl_selection_count(selection); i++) {
        const struct fl_choice *choice = fl_selection_choice(selection, i);
        if (choice->reason == FL_REASON_DEPENDENCY) {
            assert_non_null(head);
            assert_string_equal(choice->because, head->name);
            continue;
        }
        if (is_match(choice)) {
            assert_false(core);
            assert_true(choice->score > 0);
            assert_true(!head || choice->score <= head->score);
        }
        core |= choice->reason == FL_REASON_CORE;
        head = choice;
    }
}

static bool is_tool_chosen(const struct fl_selection *selection, uint32_t tool)
{
    for (size_t i = 0; i < fl_selection_count(selection); i++)
        if (fl_selection_choice(selection, i)->tool == tool)
            return true;
    return false;
}

/* A dependency by its full name is there too. */
static void check_closed(const struct fl_selection *selection)
{
    const struct fl_snapshot *snapshot = fl_selection_snapshot(selection);
    for (size_t i = 0; i < fl_selection_count(selection); i++) {
        uint32_t tool = fl_selection_choice(selection, i)->tool, needed;
        struct fl_tool_info info;
        if (tool == UINT32_MAX)
            continue;
        fl_snapshot_tool(snapshot, tool, &info);
        for (size_t d = 0; d < info.depends_on_count; d++)
            if (strchr(info.depends_on[d], '/') &&
                fl_snapshot_find_tool(snapshot, info.depends_on[d], &needed, NULL) == 0 &&
                !is_tool_chosen(selection, needed))
                fail_msg("'%s' needs '%s'", info.name, info.depends_on[d]);
    }
}

/* Only the best match and what it needs may cost more than the budget. */
static void check_budget(const struct fl_selection *selection, uint64_t budget)
{
    uint64_t best = 0, all = 0;
    int matches = 0;
    for (size_t i = 0; i < fl_selection_count(selection); i++) {
        const struct fl_choice *choice = fl_selection_choice(selection, i);
        if (choice->reason == FL_REASON_CORE)
            break;
        matches += is_match(choice);
        best += matches == 1 ? choice->tokens : 0;
        all += choice->tokens;
    }
    assert_true(all <= (best > budget ? best : budget));
}

void check_selection(const struct fl_selection *selection, const struct fl_request *request)
{
    const struct fl_selection_summary *summary = fl_selection_summary(selection);
    const struct fl_snapshot *snapshot = fl_selection_snapshot(selection);
    size_t count = fl_selection_count(selection);
    uint64_t exposed = 0;
    uint8_t *seen = calloc(
        (size_t)fl_snapshot_tool_count(snapshot) + fl_snapshot_component_count(snapshot) + 1, 1);
    assert_non_null(seen);
    for (size_t i = 0; i < count; i++) {
        const struct fl_choice *choice = fl_selection_choice(selection, i);
        check_choice(selection, request, choice);
        uint32_t node = choice->tool != UINT32_MAX
                            ? choice->tool
                            : fl_snapshot_tool_count(snapshot) + choice->component;
        assert_false(seen[node]++);
        exposed += choice->tokens;
    }
    free(seen);
    assert_null(fl_selection_choice(selection, count));
    assert_int_equal(summary->exposed_tokens, exposed);
    assert_true(exposed <= summary->baseline_tokens);
    assert_true(summary->fit >= 0 && summary->fit <= 1);
    assert_true(summary->total_us >= summary->rank_us && summary->rank_us >= 0);
    float above = 1;
    for (size_t c = 0; c < fl_selection_category_count(selection); c++) {
        float confidence = fl_selection_category(selection, c)->confidence;
        assert_true(confidence >= 0 && confidence <= above);
        above = confidence;
    }
    check_order(selection);
    check_closed(selection);
    if (request->budget_tokens && !request->top && !*summary->fallback)
        check_budget(selection, request->budget_tokens);
}

uint32_t draw(struct generator *generator, uint32_t below)
{
    uint64_t x = generator->state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((x ^ x >> 31) >> 32) % below;
}
