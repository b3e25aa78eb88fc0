/* model_file.h: the one file form of everything that was learned.
 *
 *   head     "FLMODEL\0" │ byte order │ version │ kind (8 bytes) │ section count │ length │
 * XXH3-128 table    for each section: name (8 bytes) │ offset │ length sections each at a multiple
 * of 64 bytes
 *
 * A file is data and nothing else: no code, no pointers, no paths. It is mapped read-only; every
 * section is checked to lie within the file before anything is read, and the checksum covers all
 * that follows the head's own. What the numbers in a section mean is for its reader to check. */
#ifndef FL_MODEL_MODEL_FILE_H
#define FL_MODEL_MODEL_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/os.h"

#include <stdint.h>

enum { FL_MODEL_VERSION = 1, FL_MODEL_MAX_SECTIONS = 64, FL_MODEL_NAME = 8, FL_MODEL_ALIGN = 64 };

/* --- writing --- */

/* Collects sections; all-zero is ready. The first error stays and is returned by the end. */
struct fl_model_writer {
    struct fl_buf bytes; /* the sections, padded */
    struct fl_model_section {
        char name[FL_MODEL_NAME];
        uint64_t offset, length;
    } sections[FL_MODEL_MAX_SECTIONS];
    uint32_t count;
    int error;
};

/* Appends a section; `name` has 1–8 characters and is new. Copies the bytes. */
void fl_model_writer_add(struct fl_model_writer *writer, const char *name, const void *bytes,
                         size_t len);
/* Appends the whole file to `buf`. `kind` has 1–8 characters. -FL_ENOMEM, -FL_ELIMIT, -FL_EINVAL.
 */
int fl_model_writer_finish(struct fl_model_writer *writer, const char *kind, struct fl_buf *buf);
void fl_model_writer_destroy(struct fl_model_writer *writer);

/* --- reading --- */

struct fl_model_file {
    struct fl_os_map map; /* where it was opened from a file */
    const uint8_t *bytes;
    size_t len;
    const char *kind;
    char kind_text[FL_MODEL_NAME + 1];
    uint32_t count;
};

/* Maps `path` and checks it. `kind`: what it must be. -FL_ENOENT, -FL_EIO; -FL_EVERSION for another
 * version or byte order; -FL_ECORRUPT for what is damaged, cut off, of another kind or no model. */
int fl_model_file_open(struct fl_model_file *ret_file, const char *path, const char *kind,
                       struct fl_err *err);
/* The same over bytes that stay the caller's (8-byte aligned) and must outlive the file. */
int fl_model_file_view(struct fl_model_file *ret_file, const void *bytes, size_t len,
                       const char *kind, struct fl_err *err);
void fl_model_file_close(struct fl_model_file *file);

/* The section, whose length must be a multiple of `unit` (and `count` units, unless that is
 * SIZE_MAX); -FL_ECORRUPT otherwise or where there is none. Valid while the file is open. */
int fl_model_file_section(const struct fl_model_file *file, const char *name, size_t unit,
                          size_t count, const void **ret_bytes, size_t *ret_count,
                          struct fl_err *err);

/* Whether there is a section of that name. */
bool fl_model_file_has(const struct fl_model_file *file, const char *name);

#endif
