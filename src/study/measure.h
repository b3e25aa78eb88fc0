/* measure.h: how well an encoder alone finds the tools of a set. */
#ifndef FL_STUDY_MEASURE_H
#define FL_STUDY_MEASURE_H

#include "study/study.h"

struct fl_measure {
    uint32_t queries, documents;
    double recall5;    /* mean share of a query's tools among the best 5 */
    double complete10; /* share of the queries with all of their tools among the best 10 */
    double chance5;    /* recall5 of a random order */
};

/* All documents of the set compete, whatever a query's candidates are. 0 or -FL_ENOMEM. */
int fl_measure_set(const struct fl_study *study, const struct fl_study_set *set,
                   const struct fl_encoder *encoder, const struct fl_kernels *kernels,
                   struct fl_measure *ret_measure);

#endif
