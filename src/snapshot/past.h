/* past.h: past requests and the documents that then served them.
 *
 *   the very words again ─► the documents themselves
 *   words like those     ─► votes of the nearest requests, by the encoder (similar.h)
 *
 * Immutable once built; any thread. */
#ifndef FL_SNAPSHOT_PAST_H
#define FL_SNAPSHOT_PAST_H

#include "snapshot/meaning.h"

enum { FL_PAST_KEY_BYTES = 16 };

#define FL_PAST_ALIKE 0.6f

/* Which request was served by which document. Borrowed. */
struct fl_past_use {
    struct fl_str text;
    uint32_t document;
};

struct fl_past {
    struct fl_vectors vectors; /* of the requests; none without an encoder */
    uint32_t *documents;       /* [vectors.count] */
    float alike; /* cosine that all but a tenth of the requests of one document have to
                  * their nearest relative; FL_PAST_ALIKE where none has one */
    struct fl_past_words {
        unsigned char key[FL_PAST_KEY_BYTES];
        uint32_t document;
    } * words; /* [word_count] by key and document */
    uint32_t word_count;
};

/* `meaning` NULL: only the very words count. 0 or -FL_ENOMEM; destroy in every case. */
int fl_past_build(struct fl_past *past, const struct fl_meaning *meaning,
                  const struct fl_past_use *uses, uint32_t count);
void fl_past_destroy(struct fl_past *past); /* all-zero is accepted */

/* The documents that served these very words (but for case, width, punctuation and blanks), in
 * order; `ret_count` of them, valid as long as `past`. 0, -FL_EUTF8 or -FL_ENOMEM. */
int fl_past_find(const struct fl_past *past, struct fl_str text,
                 const struct fl_past_words **ret_words, uint32_t *ret_count);

#endif
