/* index_file.h: a built index kept in a file, so that the next process maps it instead of building.
 *
 * The file fits what it was built from: `key`, which is the caller's, stands for the documents and
 * the options (fl_index_options_hash helps); what is compiled in (thesaurus, tokenizer, stemmer) is
 * compared here. It is of this machine's byte order. */
#ifndef FL_TEXT_INDEX_FILE_H
#define FL_TEXT_INDEX_FILE_H

#include "text/index.h"

/* Writes the file, whole or not at all (fl_os_write_file). -FL_EIO, -FL_ENOMEM. */
int fl_index_save(const struct fl_index *index, uint64_t key, const char *path, struct fl_err *err);

/* Maps the file; the index then does all that a built one does, with the same results, and no
 * memory of its own. Reads every byte once, to see that the checksum fits and that no number leads
 * astray. -FL_ENOENT, -FL_EIO; -FL_EVERSION for another format or byte order; -FL_ECORRUPT for what
 * is damaged, cut off or no index; -FL_ECHANGED when it was built from something else. The file
 * must not be changed in place while the index lives; fl_index_save replaces it. */
int fl_index_load(struct fl_index *ret_index, uint64_t key, const char *path, struct fl_err *err);

/* A number for the key: other options give another one. Groups, which are data, are not in it. */
uint64_t fl_index_options_hash(const struct fl_index_options *options);

#endif
