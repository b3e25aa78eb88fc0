/* manifest_write.h: a component as a manifest, for a store to keep. */
#ifndef FL_CATALOG_MANIFEST_WRITE_H
#define FL_CATALOG_MANIFEST_WRITE_H

#include "catalog/catalog.h"

#include "base/buf.h"

/* The words of manifests, in the order of enum fl_kind and enum fl_priority. */
enum { FL_KIND_NAME_COUNT = 4, FL_PRIORITY_NAME_COUNT = 4 };
extern const char *const fl_kind_names[FL_KIND_NAME_COUNT];
extern const char *const fl_priority_names[FL_PRIORITY_NAME_COUNT];

/* Appends the component as compact JSON that the manifest reader turns into an equal one, but for
 * two things: where it came from, and how it is started. All of the latter is left out, because
 * arguments, environment, headers and URLs may hold secrets, and a part of it would start something
 * else. Its tools are not written. -FL_ENOMEM. */
int fl_manifest_append(struct fl_buf *buf, const struct fl_component *component,
                       struct fl_err *err);

#endif
