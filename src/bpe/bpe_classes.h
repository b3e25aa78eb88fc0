/* bpe_classes.h: what a code point is to the patterns that split text before it is encoded. */
#ifndef FL_BPE_BPE_CLASSES_H
#define FL_BPE_BPE_CLASSES_H

#include <stdint.h>

enum fl_bpe_class {
    FL_BPE_OTHER,    /* none of the below: punctuation, symbols, controls, unassigned */
    FL_BPE_UPPER,    /* Lu, Lt */
    FL_BPE_LOWER,    /* Ll */
    FL_BPE_CASELESS, /* Lm, Lo */
    FL_BPE_MARK,     /* Mn, Mc, Me: no letter, though o200k_base lets it stand among them */
    FL_BPE_NUMBER,   /* Nd, Nl, No */
    FL_BPE_SPACE,    /* White_Space but for the two below */
    FL_BPE_NEWLINE,  /* \r and \n */
};

/* By Unicode 16.0, like the pinned `tiktoken`. Any value is accepted. */
enum fl_bpe_class fl_bpe_class_of(uint32_t codepoint);

#endif
