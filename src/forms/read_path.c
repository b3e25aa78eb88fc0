/* read_path.c: catalogue files and folders of them. */
#include "forms/source.h"

#include "base/os.h"

#include <strings.h>

static bool is_catalogue_file(const char *name)
{
    static const char *const endings[] = {".json", ".jsonc", ".jsonl", ".ndjson", ".toml", ".so"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

static int read_file(struct fl_catalog *catalog, const char *path,
                     const struct fl_read_options *options, struct fl_findings *findings,
                     struct fl_err *err)
{
    struct fl_buf content = {0};
    int rc = fl_os_read_file(path, FL_SOURCE_MAX_FILE_BYTES, &content, err);
    if (!rc)
        rc = fl_catalog_read_text(catalog, (struct fl_str){fl_buf_text(&content), content.len},
                                  path, options, findings, NULL, err);
    fl_buf_destroy(&content);
    return rc;
}

/* A walk over a directory; a file that cannot be used is a finding. */
struct directory {
    struct fl_catalog *catalog;
    const char *path;
    int path_len; /* without slashes at its end */
    const struct fl_read_options *options;
    struct fl_findings *findings;
    uint32_t files, used;
};

static int read_directory_file(void *ctx, const char *name)
{
    struct directory *directory = ctx;
    if (!is_catalogue_file(name))
        return 0;
    struct fl_buf path = {0};
    fl_buf_printf(&path, "%.*s/%s", directory->path_len, directory->path, name);
    if (fl_buf_failed(&path)) {
        fl_buf_destroy(&path);
        return -FL_ENOMEM;
    }
    int rc = 0;
    struct fl_err err = {0};
    if (fl_os_is_special(path.ptr)) {
        fl_findings_add(directory->findings, FL_SEVERITY_WARNING, FL_ENOTSUP, path.ptr, 0, "",
                        "no regular file; it is left out");
    } else if (!fl_os_is_dir(path.ptr)) {
        directory->files++;
        rc = read_file(directory->catalog, path.ptr, directory->options, directory->findings, &err);
        if (!rc)
            directory->used++;
        else if (rc != -FL_ENOMEM)
            fl_findings_add(directory->findings,
                            rc == -FL_ENOTSUP ? FL_SEVERITY_WARNING : FL_SEVERITY_ERROR, rc,
                            path.ptr, err.line, "", "%s", err.message);
    }
    fl_buf_destroy(&path);
    return rc == -FL_ENOMEM ? rc : 0;
}

int fl_catalog_read_path(struct fl_catalog *catalog, const char *path,
                         const struct fl_read_options *options, struct fl_findings *findings,
                         struct fl_err *err)
{
    if (!fl_os_is_dir(path))
        return read_file(catalog, path, options, findings, err);
    struct directory directory = {
        .catalog = catalog, .path = path, .options = options, .findings = findings};
    directory.path_len = (int)strlen(path);
    while (directory.path_len > 1 && path[directory.path_len - 1] == '/')
        directory.path_len--;
    int rc = fl_os_list_dir(path, read_directory_file, &directory, err);
    if (rc)
        return rc == -FL_ENOMEM ? fl_err_nomem(err) : rc;
    if (directory.files == 0)
        return fl_err_set(err, FL_ENOENT, "no catalogue file is in %s", path);
    if (directory.used == 0)
        return fl_err_set(err, FL_EPARSE, "none of the %u files in %s could be used",
                          directory.files, path);
    return 0;
}
