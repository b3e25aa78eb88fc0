/* json_slice.h: cutting raw JSON into the texts of its members, before anything parses it.
 *
 * A tools/list file holds hundreds of tools. Cut first and parsed one by one, each has its own
 * limits and its own faults, whatever its neighbours look like, and its definition keeps the very
 * numbers and key order that the server sent. The cutter only follows strings and brackets, without
 * recursion; whether a slice is JSON is for fl_slice_parse to say. */
#ifndef FL_BASE_JSON_SLICE_H
#define FL_BASE_JSON_SLICE_H

#include "base/json.h"

/* A text and the 1-based line of the file on which it starts. */
struct fl_slice {
    struct fl_str text;
    unsigned line;
};

/* Without white space around it. */
struct fl_slice fl_slice_trim(struct fl_slice slice);

/* The first JSON value in `slice` (its text.len is 0 when there is none or when it never ends);
 * what follows it goes to `ret_rest`, which may be NULL. */
struct fl_slice fl_slice_value(struct fl_slice slice, struct fl_slice *ret_rest);

/* Walks the members of an array or object. Start with the whole value; then each call gives the
 * next. 1: there is one (`ret_key` with its quotes, empty in an array); 0: the end was reached;
 * -FL_EPARSE: the structure is broken at `walk->rest.line`. */
struct fl_slice_walk {
    struct fl_slice rest;
    bool is_object, started;
};
struct fl_slice_walk fl_slice_walk_start(struct fl_slice value);
int fl_slice_walk_next(struct fl_slice_walk *walk, struct fl_slice *ret_key,
                       struct fl_slice *ret_value);

/* The first member of that name of an object; text.ptr is NULL when there is none. */
struct fl_slice fl_slice_member(struct fl_slice object, const char *key);

/* Looks for several members in one walk to the end of the object: fills ret_values[i] for keys[i],
 * text.ptr NULL where there is none. Returns what follows the object, nothing if it is broken. */
struct fl_slice fl_slice_members(struct fl_slice object, const char *const keys[], size_t count,
                                 struct fl_slice ret_values[]);

/* True for the slice of an array; false for one that is absent. */
bool fl_slice_is_array(struct fl_slice slice);

/* Appends `object` without the elements of `array`, a slice of it; on as many lines as before. */
void fl_slice_carve(struct fl_slice object, struct fl_slice array, struct fl_buf *skeleton);

/* fl_json_parse of one slice: lines are the file's, a whole number too large for an integer becomes
 * a real one, and no message quotes the content, which may be secret. */
json_t *fl_slice_parse(struct fl_slice slice, struct fl_json_limits limits, struct fl_err *err);

/* Appends a JSON text without its white space; strings in the form of fl_json_append_string,
 * numbers as they are. What is no JSON is none afterwards either. */
void fl_slice_append_compact(struct fl_buf *buf, struct fl_str text);

#endif
