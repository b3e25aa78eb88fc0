/* launch.h: how a child and its launcher talk; see launch_main.c.
 *
 * The launcher's descriptor 3 is one end of a socket pair. It reads commands of one byte, and
 * writes reports in this machine's byte order. When the other end is closed, for whatever reason,
 * the launcher kills all that it has started. */
#ifndef FL_NET_LAUNCH_H
#define FL_NET_LAUNCH_H

#include <stdint.h>

enum {
    FL_LAUNCH_CONTROL_FD = 3,
    FL_LAUNCH_TERMINATE = 'T', /* SIGTERM to the group */
    FL_LAUNCH_KILL = 'K',      /* SIGKILL to every descendant */
};

enum fl_launch_event {
    FL_LAUNCH_STARTED = 1,   /* value: the process, which leads a group of its own */
    FL_LAUNCH_CHDIR_FAILED,  /* value: errno */
    FL_LAUNCH_EXEC_FAILED,   /* value: errno */
    FL_LAUNCH_SYSTEM_FAILED, /* value: errno of the launcher's own work */
    FL_LAUNCH_EXITED,        /* value: exit status */
    FL_LAUNCH_SIGNALED,      /* value: signal */
};

struct fl_launch_report {
    int32_t event;
    int32_t value;
};

#endif
