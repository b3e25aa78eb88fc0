/* host.c: which tools of a catalogue a request needs.
 *
 *   host CATALOGUE "open a pull request with my changes"   */
#include <foreload/foreload.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    const char *const *paths = (const char *const *)argv + 1;
    struct fl_options options;
    struct fl_engine *engine = NULL;
    struct fl_request request;
    struct fl_selection *selection = NULL;
    struct fl_err err;
    if (argc != 3)
        return fprintf(stderr, "Usage: host CATALOGUE REQUEST\n"), 2;
    fl_options_init(&options);
    fl_request_init(&request, argv[2]);
    int rc = fl_engine_create(&options, &engine, &err);
    if (!rc)
        rc = fl_engine_load_files(engine, paths, 1, NULL, &err);
    if (!rc)
        rc = fl_select(engine, &request, &selection, &err);
    if (rc)
        fprintf(stderr, "host: %s\n", err.message);
    for (size_t i = 0; !rc && i < fl_selection_count(selection); i++) {
        const struct fl_choice *choice = fl_selection_choice(selection, i);
        printf("%3.0f%% %s (%s)\n", 100 * (double)choice->confidence, choice->name,
               fl_reason_name(choice->reason));
    }
    fl_selection_free(selection);
    fl_engine_free(engine);
    return rc ? 1 : 0;
}
