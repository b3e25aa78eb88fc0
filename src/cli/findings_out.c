/* findings_out.c: what was found in the input, for people and as JSON; see cli.h. */
#include "cli/cli.h"

enum { TOLD_MAX = 20 };

static const char *level_name(enum fl_report_level level)
{
    return level == FL_REPORT_ERROR ? "error" : level == FL_REPORT_WARNING ? "warning" : "note";
}

void fl_cli_append_finding(struct fl_buf *out, const char *path, unsigned line, const char *level,
                           const char *subject, const char *message)
{
    fl_cli_append_clean(out, path, strlen(path));
    if (line)
        fl_buf_printf(out, ":%u", line);
    fl_buf_printf(out, "%s%s: ", *path ? ": " : "", level);
    if (*subject) {
        fl_cli_append_clean(out, subject, strlen(subject));
        fl_buf_append_str(out, ": ");
    }
    fl_cli_append_clean(out, message, strlen(message));
    fl_buf_append_char(out, '\n');
}

static void append_item(struct fl_buf *out, const struct fl_report_item *item)
{
    fl_cli_append_finding(out, item->path, item->line, level_name(item->level), item->subject,
                          item->message);
}

void fl_cli_append_findings(struct fl_buf *out, const struct fl_report *report)
{
    for (size_t i = 0; i < fl_report_count(report); i++)
        append_item(out, fl_report_item(report, i));
    if (fl_report_dropped(report))
        fl_buf_printf(out, "… and %zu more\n", fl_report_dropped(report));
}

void fl_cli_tell_findings(const struct fl_cli *cli, const struct fl_report *report)
{
    if (!report)
        return;
    struct fl_buf lines = {0};
    size_t told = 0, kept_back = fl_report_dropped(report);
    for (size_t i = 0; i < fl_report_count(report); i++) {
        const struct fl_report_item *item = fl_report_item(report, i);
        if (cli->verbose || (item->level == FL_REPORT_ERROR && told < TOLD_MAX)) {
            append_item(&lines, item);
            told++;
        } else if (item->level == FL_REPORT_ERROR) {
            kept_back++;
        }
    }
    if (kept_back)
        fl_buf_printf(&lines, "… and %zu more\n", kept_back);
    fl_cli_stderr(&lines);
    fl_buf_destroy(&lines);
}

void fl_cli_json_finding(struct fl_json_out *j, const char *path, unsigned line, const char *level,
                         const char *subject, const char *message)
{
    fl_json_out_open(j, NULL, '{');
    fl_json_out_string(j, "level", level);
    fl_json_out_string(j, "path", path);
    fl_json_out_integer(j, "line", line);
    fl_json_out_string(j, "subject", subject);
    fl_json_out_string(j, "message", message);
    fl_json_out_close(j, '}');
}

void fl_cli_json_findings(struct fl_json_out *j, const struct fl_report *report)
{
    for (size_t i = 0; report && i < fl_report_count(report); i++) {
        const struct fl_report_item *item = fl_report_item(report, i);
        fl_cli_json_finding(j, item->path, item->line, level_name(item->level), item->subject,
                            item->message);
    }
}

/* --- of the settings --- */

static unsigned kept_problems(const struct fl_settings *settings)
{
    return settings->problem_count < FL_SETTING_PROBLEMS_MAX ? settings->problem_count
                                                             : FL_SETTING_PROBLEMS_MAX;
}

static const char *problem_path(const struct fl_setting_problem *problem)
{
    return *problem->path ? problem->path : "environment";
}

void fl_cli_append_problems(struct fl_buf *out, const struct fl_settings *settings)
{
    unsigned kept = kept_problems(settings);
    for (unsigned i = 0; i < kept; i++) {
        const struct fl_setting_problem *p = &settings->problems[i];
        fl_cli_append_finding(out, problem_path(p), p->line, "error", p->subject, p->message);
    }
    if (kept < settings->problem_count)
        fl_buf_printf(out, "… and %u more\n", settings->problem_count - kept);
}

void fl_cli_json_problems(struct fl_json_out *j, const struct fl_settings *settings)
{
    for (unsigned i = 0; i < kept_problems(settings); i++) {
        const struct fl_setting_problem *p = &settings->problems[i];
        fl_cli_json_finding(j, problem_path(p), p->line, "error", p->subject, p->message);
    }
}
