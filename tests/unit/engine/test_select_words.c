/* test_select_words.c: why something is chosen: keywords at word boundaries, typing errors, the
 * evidence of each choice, and categories. */
#include "engine_fixture.h"

#include "text/stem.h"
#include "text/tokenize.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* --- keywords --- */

static const char rooms[] =
    "{\"components\":["
    "{\"name\":\"door\",\"keywords\":[\"lock\",\"unlock\",\"screen lock\"]},"
    "{\"name\":\"eyes\",\"keywords\":[\"show me\",\"what's on\",\"speak\"]},"
    "{\"name\":\"lamp\",\"keywords\":[\"dusk\"],\"tools\":["
    "  {\"name\":\"turn_on\",\"description\":\"Gives light\"},"
    "  {\"name\":\"turn_off\",\"description\":\"Takes light\"}]},"
    "{\"name\":\"pump\",\"tools\":["
    "  {\"name\":\"start\",\"description\":\"Moves water\",\"keywords\":[\"flood alarm\"]},"
    "  {\"name\":\"stop\",\"description\":\"Rests\"}]}]}";

static void assert_called(struct fixture *fixture, const char *text, const char *name)
{
    struct fl_selection *selection = select_text(fixture, text);
    if (!choice_of(selection, name))
        fail_msg("'%s' does not call '%s'", text, name);
    assert_chosen(selection, name, FL_REASON_RULE);
    assert_true(choice_of(selection, name)->confidence >= 0.5f);
    assert_false(fl_selection_summary(selection)->abstained);
    fl_selection_free(selection);
}

static void assert_not_called(struct fixture *fixture, const char *text, const char *name)
{
    struct fl_selection *selection = select_text(fixture, text);
    const struct fl_choice *choice = choice_of(selection, name);
    if (choice && choice->reason == FL_REASON_RULE)
        fail_msg("'%s' calls '%s'", text, name);
    fl_selection_free(selection);
}

static void keywords_are_whole_words(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "rooms.json", rooms);
    static const char *const called[] = {
        "lock",   "lock it",       "Please LOCK the door",    "lock!",          "(lock)",
        "unlock", "is it locked?", "turn the screen lock on", "screen-lock now"};
    for (size_t i = 0; i < sizeof called / sizeof *called; i++)
        assert_called(fixture, called[i], "door");
    static const char *const others[] = {
        "clock",    "what does the clock say", "blocks of wood", "flock", "locket", "locksmith",
        "locality", "padlocks on deadlocks",   "lo ck"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_not_called(fixture, others[i], "door");
}

static void phrases_stand_together(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "rooms.json", rooms);
    assert_called(fixture, "show me the garden", "eyes");
    assert_called(fixture, "so Show  Me that", "eyes");
    assert_called(fixture, "what's on the table", "eyes");
    assert_called(fixture, "stop speaking", "eyes");
    assert_not_called(fixture, "show that to me", "eyes");
    assert_not_called(fixture, "me show", "eyes");
    assert_not_called(fixture, "show", "eyes");
    assert_called(fixture, "there is a flood alarm downstairs", "pump/start");
    assert_not_called(fixture, "the alarm says flood", "pump/start");
    assert_not_called(fixture, "there is a flood alarm downstairs", "pump/stop");
}

/* A component's keyword calls for its tools although no word of theirs stands in the request. */
static void keywords_of_components_call_their_tools(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "rooms.json", rooms);
    assert_called(fixture, "wait until dusk", "lamp/turn_on");
    assert_called(fixture, "wait until dusk", "lamp/turn_off");
    static const char *const candidates[] = {"lamp/turn_off", "pump/start"};
    struct fl_request request;
    fl_request_init(&request, "wait until dusk");
    request.candidates = candidates;
    request.candidate_count = 2;
    struct fl_selection *selection = select_with(fixture, &request);
    assert_int_equal(fl_selection_count(selection), 1);
    assert_chosen(selection, "lamp/turn_off", FL_REASON_RULE);
    fl_selection_free(selection);
}

/* Every keyword that stands in a request is heard, also where many tools match by their words. */
static void rules_are_heard_among_many_matches(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    fl_buf_append_str(&text, "{\"components\":["
                             "{\"name\":\"one\",\"keywords\":[\"dusk\"]},"
                             "{\"name\":\"two\",\"keywords\":[\"dawn\"]},"
                             "{\"name\":\"three\",\"keywords\":[\"noon\"]},"
                             "{\"name\":\"all\",\"tools\":[");
    for (int i = 0; i < 100; i++)
        fl_buf_printf(&text, "%s{\"name\":\"t%d\",\"description\":\"crimson\"}", i ? "," : "", i);
    fl_buf_append_str(&text, "]}]}");
    fixture_load(fixture, "many.json", fl_buf_text(&text));
    static const char *const names[] = {"one", "two", "three"};
    for (int i = 0; i < 3; i++)
        assert_called(fixture, "crimson from dusk and dawn to noon", names[i]);
    fl_buf_destroy(&text);
}

/* --- the voice assistant's components --- */

static void the_assistant_hears(void **state)
{
    struct fixture *fixture = *state;
    const char *path = FL_TEST_EXAMPLES "/assistant/components.json";
    fixture_start(fixture);
    assert_int_equal(
        fl_engine_load_files(fixture->engine, &path, 1, fixture_report(fixture), &fixture->err), 0);
    assert_int_equal(fl_report_errors(fixture->report), 0);
    assert_int_equal(fl_report_warnings(fixture->report), 0);
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_snapshot_component_count(snapshot), 9);
    assert_int_equal(fl_snapshot_tool_count(snapshot), 0);
    fl_snapshot_unpin(snapshot);

    static const struct {
        const char *text, *component;
    } cases[] = {
        {"lock my screen", "voice_unlock"},
        {"Unlock the computer with my voice", "voice_unlock"},
        {"log me in: authenticate", "voice_unlock"},
        {"what's on my screen?", "vision"},
        {"show me the desktop", "vision"},
        {"mirror this to the tv", "display_monitor"},
        {"start screen mirroring", "display_monitor"},
        {"connect the external display", "display_monitor"},
        {"hey jarvis, are you there", "wake_word"},
        {"what is the sentiment of this review", "ml_models"},
        {"show me the health status", "monitoring"},
        {"say it aloud", "voice"},
        {"tell me a story", "voice"},
        {"let us talk", "chatbots"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_called(fixture, cases[i].text, cases[i].component);
    static const char *const clocks[] = {"set the alarm clock", "what o'clock is it",
                                         "the clock on the wall"};
    for (size_t i = 0; i < 3; i++)
        assert_not_called(fixture, clocks[i], "voice_unlock");

    struct fl_selection *selection = select_text(fixture, "unlock");
    assert_string_equal(fl_selection_choice(selection, 0)->name, "voice_unlock");
    assert_int_equal(fl_selection_choice(selection, 0)->tool, UINT32_MAX);
    assert_chosen(selection, "voice", FL_REASON_DEPENDENCY);
    assert_string_equal(choice_of(selection, "voice")->because, "voice_unlock");
    fl_selection_free(selection);

    /* Several intents in one request. */
    selection = select_text(fixture, "lock the screen and mirror it to airplay");
    assert_chosen(selection, "voice_unlock", FL_REASON_RULE);
    assert_chosen(selection, "display_monitor", FL_REASON_RULE);
    fl_selection_free(selection);
}

/* --- words --- */

static const char office[] =
    "{\"name\":\"create_invoice\",\"title\":\"New invoice\",\"component\":\"billing\",\"category\":"
    "\"finance\",\"description\":\"Creates an invoice for a customer and sends it by "
    "mail\",\"parameters\":{\"type\":\"object\",\"properties\":{\"currency\":{\"type\":\"string\","
    "\"description\":\"Three letters such as dollars\",\"enum\":[\"franc\",\"krona\"]}}}}\n"
    "{\"name\":\"delete_calendar_event\",\"component\":\"calendar\",\"description\":\"Removes an "
    "event from the calendar\"}\n"
    "{\"name\":\"translateDocument\",\"component\":\"languages\",\"description\":\"Translates a "
    "document into another language\"}\n"
    "{\"name\":\"read_file\",\"component\":\"filesystem\",\"description\":\"Reads a file from "
    "disk\"}\n"
    "{\"name\":\"open_page\",\"component\":\"browser\",\"description\":\"Opens a web page by its "
    "URL\"}\n"
    "{\"name\":\"get_forecast\",\"component\":\"weather\",\"description\":\"Forecast of "
    "temperature and rain for a city\",\"keywords\":[\"umbrella\"]}\n";

static void typing_errors_are_understood(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "office.jsonl", office);
    static const struct {
        const char *text, *name;
    } cases[] = {
        {"creat an invoce for the custommer", "billing/create_invoice"},
        {"dlete the calender evnt", "calendar/delete_calendar_event"},
        {"transalte this docment", "languages/translateDocument"},
        {"temprature forcast", "weather/get_forecast"},
        {"translate document", "languages/translateDocument"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fl_selection *selection = select_text(fixture, cases[i].text);
        assert_true(fl_selection_count(selection) > 0);
        assert_string_equal(fl_selection_choice(selection, 0)->name, cases[i].name);
        fl_selection_free(selection);
    }
    struct fl_selection *selection = select_text(fixture, "temprature forcast");
    assert_string_equal(fl_selection_evidence(selection, 0, 0)->way, "spelling");
    fl_selection_free(selection);
}

/* --- evidence --- */

static bool contains_folded(const char *text, const char *part)
{
    size_t len = strlen(part);
    for (; *text; text++)
        if (strncasecmp(text, part, len) == 0)
            return true;
    return len == 0;
}

/* Among the request's folded words: accents are gone there. */
static bool is_token(const char *request, const char *word)
{
    struct fl_tokens tokens = {0};
    bool found = false;
    assert_int_equal(fl_tokenize(&tokens, fl_str_of(request), FL_TOKENIZE_REQUEST), 0);
    for (uint32_t i = 0; i < tokens.count && !found; i++)
        found = fl_str_equal(fl_token_text(&tokens, i), fl_str_of(word));
    fl_tokens_destroy(&tokens);
    return found;
}

/* Each word of the evidence stands in the request, or is the entity of something in it. */
static void check_words(const char *request, const struct fl_evidence *evidence)
{
    char words[256];
    snprintf(words, sizeof words, "%s", evidence->word);
    if (strcmp(evidence->way, "rule") == 0)
        return; /* the keyword */
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        if (!contains_folded(request, word) && !is_token(request, word))
            fail_msg("'%s' does not stand in '%s'", word, request);
}

static bool has_stem(const char *text, const char *term)
{
    struct fl_tokens tokens = {0};
    struct fl_stemmers stemmers = {0};
    bool found = false;
    assert_int_equal(fl_tokenize(&tokens, fl_str_of(text), FL_TOKENIZE_DOCUMENT), 0);
    for (uint32_t i = 0; i < tokens.count && !found; i++)
        found = fl_str_equal(fl_stem(&stemmers, FL_LANGUAGE_EN, fl_token_text(&tokens, i)),
                             fl_str_of(term));
    fl_tokens_destroy(&tokens);
    fl_stemmers_destroy(&stemmers);
    return found;
}

/* The text of a field of the tool as its definition has it. */
static const char *field_text(const struct fl_snapshot *snapshot, const struct fl_choice *choice,
                              const char *field, const char *definition)
{
    struct fl_tool_info tool;
    struct fl_component_info component;
    fl_snapshot_tool(snapshot, choice->tool, &tool);
    fl_snapshot_component(snapshot, choice->component, &component);
    if (strcmp(field, "name") == 0)
        return tool.bare_name;
    if (strcmp(field, "title") == 0)
        return tool.title;
    if (strcmp(field, "description") == 0)
        return tool.description;
    if (strcmp(field, "component") == 0)
        return component.name;
    if (strcmp(field, "category") == 0)
        return tool.category;
    return strstr(definition, "\"inputSchema\""); /* parameters, theirs, and enum values */
}

static void check_fields(const struct fl_snapshot *snapshot, const struct fl_choice *choice,
                         const struct fl_evidence *evidence)
{
    char fields[256], *next = fields, *definition = NULL;
    if (strcmp(evidence->way, "rule") == 0)
        return;
    assert_int_equal(
        fl_snapshot_definition(snapshot, choice->tool, FL_TOOL_FORM_MCP, &definition, NULL), 0);
    snprintf(fields, sizeof fields, "%s", evidence->fields);
    assert_string_not_equal(fields, "");
    while (next) {
        char *field = next;
        next = strstr(next, ", ");
        if (next) {
            *next = '\0';
            next += 2;
        }
        const char *text = field_text(snapshot, choice, field, definition);
        assert_non_null(text);
        if (!has_stem(text, evidence->term))
            fail_msg("'%s' is not in the %s of '%s': %s", evidence->term, field, choice->name,
                     text);
    }
    fl_free(definition);
}

static void evidence_is_true(void **state)
{
    struct fixture *fixture = *state;
    static const char *const ways[] = {"word",     "synonym", "translation", "spelling",
                                       "compound", "literal", "rule",        "name"};
    static const char *const texts[] = {
        "Create an invoice in krona for my best customer",
        "get rid of tomorrow's calendar event",
        "translate the document",
        "traduire le document",
        "Bitte l\xC3\xB6sche den Termin im Kalender",
        "open /etc/hosts and read the file",
        "open https://example.org/a",
        "do I need an umbrella? what is the forcast",
        "trans late the docu ment",
        "send 20 dollars by mail to a@example.org",
    };
    fixture_load(fixture, "office.jsonl", office);
    uint32_t seen = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct fl_selection *selection = select_text(fixture, texts[i]);
        if (fl_selection_count(selection) == 0)
            fail_msg("nothing for '%s'", texts[i]);
        for (size_t c = 0; c < fl_selection_count(selection); c++) {
            const struct fl_choice *choice = fl_selection_choice(selection, c);
            size_t count = fl_selection_evidence_count(selection, c);
            assert_true(count > 0);
            assert_null(fl_selection_evidence(selection, c, count));
            float above = INFINITY;
            for (size_t e = 0; e < count; e++) {
                const struct fl_evidence *evidence = fl_selection_evidence(selection, c, e);
                check_words(texts[i], evidence);
                check_fields(fl_selection_snapshot(selection), choice, evidence);
                assert_true(evidence->weight > 0 && evidence->weight <= above);
                above = evidence->weight;
                size_t way = 0;
                while (way < 8 && strcmp(ways[way], evidence->way) != 0)
                    way++;
                assert_true(way < 8);
                seen |= 1u << way;
            }
        }
        assert_int_equal(fl_selection_evidence_count(selection, fl_selection_count(selection)), 0);
        fl_selection_free(selection);
    }
    assert_int_equal(seen, 0x7F); /* all but "name" */

    struct fl_request request; /* evidence is for those who ask for it */
    fl_request_init(&request, texts[0]);
    struct fl_selection *selection = select_with(fixture, &request);
    assert_int_equal(fl_selection_evidence_count(selection, 0), 0);
    assert_null(fl_selection_evidence(selection, 0, 0));
    fl_selection_free(selection);
}

/* --- categories --- */

static void categories_have_confidences(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "office.jsonl", office);
    struct fl_selection *selection = select_text(fixture, "create an invoice for a customer");
    const struct fl_category_info *first = fl_selection_category(selection, 0);
    assert_non_null(first);
    assert_string_equal(first->name, "finance");
    /* A category is at least as likely as its best tool. */
    assert_true(first->confidence >= fl_selection_choice(selection, 0)->confidence);
    assert_true(first->confidence > 0.5f && first->confidence <= 1);
    assert_null(fl_selection_category(selection, fl_selection_category_count(selection)));
    fl_selection_free(selection);
    selection = select_text(fixture, "xyzzy plugh quux");
    assert_int_equal(fl_selection_category_count(selection), 0);
    fl_selection_free(selection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(keywords_are_whole_words),
        TEST(phrases_stand_together),
        TEST(keywords_of_components_call_their_tools),
        TEST(rules_are_heard_among_many_matches),
        TEST(the_assistant_hears),
        TEST(typing_errors_are_understood),
        TEST(evidence_is_true),
        TEST(categories_have_confidences),
    };
    return cmocka_run_group_tests_name("select_words", tests, NULL, NULL);
}
