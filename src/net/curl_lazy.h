/* curl_lazy.h: libcurl, opened when the first server at a URL is asked.
 *
 * With its own dependencies libcurl takes 4 ms and 4 MB at the start of a program that mostly
 * starts to answer one request. Include this instead of <curl/curl.h>: the functions listed here
 * are then called through a table that fl_curl_load fills. */
#ifndef FL_NET_CURL_LAZY_H
#define FL_NET_CURL_LAZY_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#include <stdbool.h>

#define FL_CURL_FUNCTIONS(X) \
    X(global_init)           \
    X(easy_init)             \
    X(easy_cleanup)          \
    X(easy_setopt)           \
    X(easy_getinfo)          \
    X(easy_header)           \
    X(easy_strerror)         \
    X(multi_init)            \
    X(multi_cleanup)         \
    X(multi_setopt)          \
    X(multi_assign)          \
    X(multi_add_handle)      \
    X(multi_remove_handle)   \
    X(multi_info_read)       \
    X(multi_socket_action)   \
    X(slist_append)          \
    X(slist_free_all)        \
    X(free)                  \
    X(url)                   \
    X(url_cleanup)           \
    X(url_get)               \
    X(url_set)

struct fl_curl {
/* NOLINTNEXTLINE(bugprone-macro-parentheses): it is the name of a member */
#define FL_CURL_MEMBER(name) __typeof__(curl_##name) *name;
    FL_CURL_FUNCTIONS(FL_CURL_MEMBER)
#undef FL_CURL_MEMBER
};

/* Opens libcurl once for the process; false when it is not installed. Any thread. The table is
 * constant from then on. */
bool fl_curl_load(void);
extern struct fl_curl fl_curl;

#ifndef FL_CURL_LAZY_IMPLEMENTATION
#define curl_global_init         fl_curl.global_init
#define curl_easy_init           fl_curl.easy_init
#define curl_easy_cleanup        fl_curl.easy_cleanup
#define curl_easy_setopt         fl_curl.easy_setopt
#define curl_easy_getinfo        fl_curl.easy_getinfo
#define curl_easy_header         fl_curl.easy_header
#define curl_easy_strerror       fl_curl.easy_strerror
#define curl_multi_init          fl_curl.multi_init
#define curl_multi_cleanup       fl_curl.multi_cleanup
#define curl_multi_setopt        fl_curl.multi_setopt
#define curl_multi_assign        fl_curl.multi_assign
#define curl_multi_add_handle    fl_curl.multi_add_handle
#define curl_multi_remove_handle fl_curl.multi_remove_handle
#define curl_multi_info_read     fl_curl.multi_info_read
#define curl_multi_socket_action fl_curl.multi_socket_action
#define curl_slist_append        fl_curl.slist_append
#define curl_slist_free_all      fl_curl.slist_free_all
#define curl_free                fl_curl.free
#define curl_url                 fl_curl.url
#define curl_url_cleanup         fl_curl.url_cleanup
#define curl_url_get             fl_curl.url_get
#define curl_url_set             fl_curl.url_set
#endif

#endif
