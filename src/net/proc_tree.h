/* proc_tree.h: the tree of processes below one, from Linux's /proc.
 *
 * Used by the program and by its launcher, hence free of everything else. */
#ifndef FL_NET_PROC_TREE_H
#define FL_NET_PROC_TREE_H

#include <stdint.h>
#include <sys/types.h>

/* Calls `visit` once for each process there is, in no order; zombies too. Does not allocate beyond
 * what opendir does. 0, or -1 when /proc cannot be read. */
int fl_proc_visit(void (*visit)(void *ctx, pid_t pid, pid_t parent), void *ctx);

/* The proportional set size of all processes below `root`, itself not counted, however deep and in
 * whatever group or session: each page is divided among those that map it. 0: unknown. Takes
 * milliseconds, as the kernel walks the page tables. */
uint64_t fl_proc_tree_resident_bytes(pid_t root);

#endif
