/* infer.h: guessing a tool's category and tier where its source gives none. */
#ifndef FL_CATALOG_INFER_H
#define FL_CATALOG_INFER_H

#include "catalog/catalog.h"

/* Fills in every tool's category (a static string) and tier that are missing, and marks them as
 * inferred. The tools of a component must lie side by side. */
void fl_infer(struct fl_catalog *catalog);

#endif
