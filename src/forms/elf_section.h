/* elf_section.h: one section of a shared object, found without running or loading any of it. */
#ifndef FL_FORMS_ELF_SECTION_H
#define FL_FORMS_ELF_SECTION_H

#include "base/err.h"
#include "base/str.h"

/* Whether the bytes begin like an ELF file. */
bool fl_is_elf(struct fl_str file);

/* The content of the section of that name, inside `file`. -FL_ENOTSUP for a file that is no shared
 * object of this machine's kind (the message names both kinds); -FL_ENOENT where it has no such
 * section; -FL_EPARSE for tables that lead outside the file. */
int fl_elf_section(struct fl_str file, const char *name, struct fl_str *ret_section,
                   struct fl_err *err);

#endif
