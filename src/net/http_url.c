/* http_url.c: URLs, over libcurl's parser; see http_client.h. */
#include "net/http_client.h"

#include "net/curl_lazy.h"

#include <strings.h>

char *fl_http_resolve(const char *base, const char *reference)
{
    if (!fl_curl_load())
        return NULL;
    CURLU *url = curl_url();
    char *text = NULL;
    char *copy = NULL;
    if (url && !curl_url_set(url, CURLUPART_URL, base, 0) &&
        !curl_url_set(url, CURLUPART_URL, reference, 0) &&
        !curl_url_get(url, CURLUPART_URL, &text, 0))
        copy = strdup(text);
    curl_free(text);
    curl_url_cleanup(url);
    return copy;
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *of_a = NULL;
    char *of_b = NULL;
    bool same = !curl_url_get(a, part, &of_a, CURLU_DEFAULT_PORT) &&
                !curl_url_get(b, part, &of_b, CURLU_DEFAULT_PORT) && strcasecmp(of_a, of_b) == 0;
    curl_free(of_a);
    curl_free(of_b);
    return same;
}

bool fl_http_same_origin(const char *a, const char *b)
{
    if (!fl_curl_load())
        return false;
    CURLU *url_a = curl_url();
    CURLU *url_b = curl_url();
    bool same = url_a && url_b && !curl_url_set(url_a, CURLUPART_URL, a, 0) &&
                !curl_url_set(url_b, CURLUPART_URL, b, 0) &&
                same_part(url_a, url_b, CURLUPART_SCHEME) &&
                same_part(url_a, url_b, CURLUPART_HOST) && same_part(url_a, url_b, CURLUPART_PORT);
    curl_url_cleanup(url_a);
    curl_url_cleanup(url_b);
    return same;
}
