/* lessons.h: what was read (study.h) as the pairs and shares that the encoder is trained on. */
#ifndef FL_STUDY_LESSONS_H
#define FL_STUDY_LESSONS_H

#include "model/encoder_train.h"
#include "study/study.h"

/* How much each field of a document counts. */
extern const float fl_embed_field_weights[FL_EMBED_FIELD_COUNT];

struct fl_lessons {
    struct fl_encoder_lessons lessons; /* points into what follows and into the study */
    struct fl_encoder_span *spans;
    struct fl_encoder_text *texts;
    struct fl_encoder_pair *pairs;
    struct fl_encoder_source sources[FL_STUDY_MAX_SETS];
};
void fl_lessons_destroy(struct fl_lessons *lessons);

/* All sets that are not left out; the study must outlive the lessons. 0 or -FL_ENOMEM. */
int fl_lessons_init(struct fl_lessons *lessons, const struct fl_study *study);

#endif
