/* selection_out.c: see selection_out.h. */
#include "cli/selection_out.h"

#include "base/err.h"
#include "base/json.h"
#include "cli/json_out.h"
#include "cli/text_table.h"

#include <stdlib.h>

/* Percent of `baseline` that `exposed` saves. */
static double reduction_percent(uint64_t baseline, uint64_t exposed)
{
    return baseline ? 100.0 * (1.0 - (double)exposed / (double)baseline) : 0.0;
}

static const char *component_name(const struct fl_shown_selection *shown, uint32_t component)
{
    struct fl_component_info info;
    fl_snapshot_component(fl_selection_snapshot(shown->selection), component, &info);
    return info.name;
}

static bool is_tool(const struct fl_choice *choice)
{
    return choice->tool != UINT32_MAX;
}

/* --- for people --- */

static void append_evidence(const struct fl_shown_selection *shown, size_t choice,
                            struct fl_text_table *table)
{
    size_t count = fl_selection_evidence_count(shown->selection, choice);
    for (size_t i = 0; i < count; i++) {
        const struct fl_evidence *e = fl_selection_evidence(shown->selection, choice, i);
        struct fl_buf line = {0};
        fl_buf_printf(&line, "%3.0f %%  \"%s\"", 100.0 * (double)e->weight, e->word);
        if (strcmp(e->word, e->term) != 0)
            fl_buf_printf(&line, " as \"%s\"", e->term);
        fl_buf_printf(&line, ", %s, in %s", e->way, e->fields);
        fl_text_table_note(table, fl_buf_text(&line));
        table->text.failed |= line.failed;
        fl_buf_destroy(&line);
    }
}

static void append_choices(const struct fl_shown_selection *shown, struct fl_cli_output *out)
{
    static const char *const titles[] = {"TOOL", ">CONFIDENCE", ">TOKENS", "REASON"};
    struct fl_text_table table = {.columns = 4, .titles = titles};
    size_t count = fl_selection_count(shown->selection);
    for (size_t i = 0; i < count; i++) {
        const struct fl_choice *choice = fl_selection_choice(shown->selection, i);
        fl_text_table_format(&table, is_tool(choice) ? "%s" : "%s (component)", choice->name);
        if (choice->reason == FL_REASON_MATCH || choice->reason == FL_REASON_RULE ||
            choice->reason == FL_REASON_LEARNED)
            fl_text_table_format(&table, "%.2f", (double)choice->confidence);
        else
            fl_text_table_cell(&table, "–");
        fl_text_table_count(&table, choice->tokens);
        fl_text_table_format(&table, *choice->because ? "%s of %s" : "%s",
                             fl_reason_name(choice->reason), choice->because);
        append_evidence(shown, i, &table);
    }
    if (count)
        fl_text_table_print(&table, out);
}

/* "3 tools; 812 of 12,345 tokens exposed, 93.4 % less; fit 0.98; 214 µs" */
static void append_summary(const struct fl_shown_selection *shown, struct fl_buf *out)
{
    const struct fl_selection_summary *s = fl_selection_summary(shown->selection);
    fl_cli_append_things(out, fl_selection_count(shown->selection), "tool");
    fl_buf_append_str(out, "; ");
    fl_cli_append_count(out, s->exposed_tokens);
    fl_buf_append_str(out, " of ");
    fl_cli_append_count(out, s->baseline_tokens);
    fl_buf_printf(out, " tokens exposed%s, %.1f %% less; fit %.2f; ",
                  s->estimated ? " (estimated)" : "",
                  reduction_percent(s->baseline_tokens, s->exposed_tokens), (double)s->fit);
    fl_cli_append_microseconds(out, (double)s->total_us);
    fl_buf_append_char(out, '\n');
}

static void append_detected(const struct fl_shown_selection *shown, struct fl_buf *out)
{
    size_t count = fl_selection_category_count(shown->selection);
    fl_buf_printf(out, "language %s; categories", fl_selection_summary(shown->selection)->language);
    for (size_t i = 0; i < count; i++) {
        const struct fl_category_info *c = fl_selection_category(shown->selection, i);
        fl_buf_append_str(out, i ? ", " : " ");
        fl_cli_append_clean(out, c->name, strlen(c->name));
        fl_buf_printf(out, " %.2f", (double)c->confidence);
    }
    fl_buf_append_str(out, count ? "\n" : " none\n");
}

/* One JSON array, indented. */
static int append_schemas(const struct fl_shown_selection *shown, struct fl_buf *out,
                          struct fl_err *err)
{
    const struct fl_snapshot *snapshot = fl_selection_snapshot(shown->selection);
    struct fl_buf list = {0};
    struct fl_json_out j = {.out = &list};
    fl_json_out_open(&j, NULL, '[');
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < fl_selection_count(shown->selection); i++) {
        const struct fl_choice *choice = fl_selection_choice(shown->selection, i);
        char *definition = NULL;
        if (!is_tool(choice))
            continue;
        rc = fl_snapshot_definition(snapshot, choice->tool, shown->request->form, &definition, err);
        if (rc == 0)
            fl_json_out_raw(&j, NULL, definition);
        fl_free(definition);
    }
    fl_json_out_close(&j, ']');
    json_t *value = NULL;
    if (rc == 0 && fl_buf_failed(&list))
        rc = fl_err_nomem(err);
    if (rc == 0 &&
        !(value = fl_json_parse((struct fl_str){list.ptr, list.len}, FL_JSON_LIMITS_DEFAULT, err)))
        rc = -err->code;
    char *pretty = value ? json_dumps(value, JSON_INDENT(2)) : NULL;
    if (pretty)
        fl_buf_printf(out, "\n%s\n", pretty);
    else if (rc == 0)
        rc = fl_err_nomem(err);
    free(pretty);
    json_decref(value);
    fl_buf_destroy(&list);
    return rc;
}

int fl_selection_append_text(const struct fl_shown_selection *shown, struct fl_cli_output *out,
                             struct fl_err *err)
{
    const struct fl_selection_summary *s = fl_selection_summary(shown->selection);
    append_choices(shown, out);
    if (s->abstained)
        fl_buf_append_str(&out->buf, "Nothing in the catalogue fits this request. Say more of what "
                                     "is wanted, see what there is\nwith 'foreload catalog list', "
                                     "or take the best all the same with --top COUNT.\n");
    if (*s->fallback) {
        fl_buf_append_str(&out->buf, "Everything is exposed: ");
        fl_cli_append_clean(&out->buf, s->fallback, strlen(s->fallback));
        fl_buf_append_str(&out->buf, "\n");
    }
    if (shown->request->explain)
        append_detected(shown, &out->buf);
    append_summary(shown, &out->buf);
    return shown->schemas ? append_schemas(shown, &out->buf, err) : 0;
}

/* --- JSON --- */

static void json_evidence(const struct fl_shown_selection *shown, size_t choice,
                          struct fl_json_out *j)
{
    size_t count = fl_selection_evidence_count(shown->selection, choice);
    fl_json_out_open(j, "evidence", '[');
    for (size_t i = 0; i < count; i++) {
        const struct fl_evidence *e = fl_selection_evidence(shown->selection, choice, i);
        fl_json_out_open(j, NULL, '{');
        fl_json_out_string(j, "word", e->word);
        fl_json_out_string(j, "term", e->term);
        fl_json_out_string(j, "way", e->way);
        fl_json_out_string(j, "fields", e->fields);
        fl_json_out_real(j, "weight", (double)e->weight, 4);
        fl_json_out_close(j, '}');
    }
    fl_json_out_close(j, ']');
}

static int json_choice(const struct fl_shown_selection *shown, size_t index, struct fl_json_out *j,
                       struct fl_err *err)
{
    const struct fl_choice *choice = fl_selection_choice(shown->selection, index);
    fl_json_out_open(j, NULL, '{');
    fl_json_out_string(j, "name", choice->name);
    fl_json_out_string(j, "component", component_name(shown, choice->component));
    fl_json_out_string(j, "kind", is_tool(choice) ? "tool" : "component");
    fl_json_out_real(j, "confidence", (double)choice->confidence, 4);
    fl_json_out_real(j, "score", (double)choice->score, 4);
    fl_json_out_integer(j, "tokens", choice->tokens);
    fl_json_out_string(j, "reason", fl_reason_name(choice->reason));
    if (*choice->because)
        fl_json_out_string(j, "because", choice->because);
    if (shown->request->explain)
        json_evidence(shown, index, j);
    int rc = 0;
    if (shown->schemas && is_tool(choice)) {
        char *definition = NULL;
        rc = fl_snapshot_definition(fl_selection_snapshot(shown->selection), choice->tool,
                                    shown->request->form, &definition, err);
        if (rc == 0)
            fl_json_out_raw(j, "definition", definition);
        fl_free(definition);
    }
    fl_json_out_close(j, '}');
    return rc;
}

static void json_mode(const struct fl_request *request, struct fl_json_out *j)
{
    if (request->budget_tokens)
        fl_json_out_integer(j, "budget", request->budget_tokens);
    else if (request->top)
        fl_json_out_integer(j, "top", request->top);
    else
        fl_json_out_string(j, "strategy", fl_strategy_name(request->strategy));
}

static void json_summary(const struct fl_shown_selection *shown, struct fl_json_out *j)
{
    const struct fl_selection_summary *s = fl_selection_summary(shown->selection);
    fl_json_out_open(j, "categories", '[');
    for (size_t i = 0; i < fl_selection_category_count(shown->selection); i++) {
        const struct fl_category_info *c = fl_selection_category(shown->selection, i);
        fl_json_out_open(j, NULL, '{');
        fl_json_out_string(j, "name", c->name);
        fl_json_out_real(j, "confidence", (double)c->confidence, 4);
        fl_json_out_close(j, '}');
    }
    fl_json_out_close(j, ']');
    fl_json_out_open(j, "tokens", '{');
    fl_json_out_integer(j, "baseline", (int64_t)s->baseline_tokens);
    fl_json_out_integer(j, "exposed", (int64_t)s->exposed_tokens);
    fl_json_out_real(j, "reduction_percent",
                     reduction_percent(s->baseline_tokens, s->exposed_tokens), 2);
    fl_json_out_boolean(j, "estimated", s->estimated);
    fl_json_out_close(j, '}');
    fl_json_out_real(j, "fit", (double)s->fit, 4);
    fl_json_out_boolean(j, "abstained", s->abstained);
    fl_json_out_string(j, "fallback", s->fallback);
    fl_json_out_string(j, "language", s->language);
    fl_json_out_open(j, "time_us", '{');
    fl_json_out_real(j, "rank", (double)s->rank_us, 1);
    fl_json_out_real(j, "total", (double)s->total_us, 1);
    fl_json_out_close(j, '}');
}

int fl_selection_append_json(const struct fl_shown_selection *shown, struct fl_cli_output *out,
                             struct fl_err *err)
{
    struct fl_json_out j = {.out = &out->buf};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_text(&j, "request",
                     (struct fl_str){shown->request->text, shown->request->text_bytes});
    json_mode(shown->request, &j);
    fl_json_out_open(&j, "choices", '[');
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < fl_selection_count(shown->selection); i++)
        rc = json_choice(shown, i, &j, err);
    fl_json_out_close(&j, ']');
    json_summary(shown, &j);
    fl_json_out_close(&j, '}');
    fl_buf_append_char(&out->buf, '\n');
    return rc;
}
