/* curl_lazy.c: see curl_lazy.h. */
#define FL_CURL_LAZY_IMPLEMENTATION
#include "net/curl_lazy.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

struct fl_curl fl_curl;

static bool loaded;

/* POSIX has dlsym return functions as void pointers. */
static bool find(void *library, const char *name, void *ret_function, size_t size)
{
    void *symbol = dlsym(library, name);
    memcpy(ret_function, &symbol, size);
    return symbol != NULL;
}

static void load(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return;
    bool found = true;
#define FL_CURL_FIND(name) \
    found &= find(library, "curl_" #name, &fl_curl.name, sizeof fl_curl.name);
    FL_CURL_FUNCTIONS(FL_CURL_FIND)
#undef FL_CURL_FIND
    loaded = found && fl_curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

bool fl_curl_load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return loaded;
}
